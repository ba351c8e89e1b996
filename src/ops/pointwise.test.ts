import { describe, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectKernelsMatchReference } from '../compiler/testing';
import type { Value } from '../graph/graph';
import { activation } from './activation';
import { clamp } from './clamp';
import { gatedAdd } from './gated-add';
import { rope } from './rope';

// Over 1024 elements, and no multiple of it: several blocks, the last one partial.
const shape = [2, 31, 3, 14];
const flat = [2, 31, 42];
const cases: { name: string; shapes: number[][]; of: number; build: (v: Value[]) => Value }[] = [
  { name: 'activation', shapes: [shape], of: 0, build: ([x]) => activation(x, 'gelu') },
  { name: 'clamp', shapes: [shape], of: 0, build: ([x]) => clamp(x, -1, 0.5) },
  { name: 'rope', shapes: [shape, [31, 7], [31, 7]], of: 0, build: ([x, cos, sin]) => rope(x, cos, sin) },
  { name: 'gated add', shapes: [flat, [2, 42], flat], of: 2, build: ([x, gate, y]) => gatedAdd(x, gate, y) },
];

describe('pointwise kernels', () => {
  for (const { name, shapes, of, build } of cases) {
    it(`${name} is right over several blocks, gradient too`, async () => {
      await expectKernelsMatchReference(shapes, build);
      await expectKernelsMatchReference(
        [...shapes, shapes[of]],
        (v) => gradients(build(v), v[shapes.length], [v[of]])[0],
      );
    });
  }
  it('folds dispatches of more than 65535 workgroups', async () => {
    await expectKernelsMatchReference([[65536 * 64 + 3]], ([x]) => clamp(x, -1, 0.5));
  });
});
