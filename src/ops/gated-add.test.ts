import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input, reachable, type Value } from '../graph/graph';
import { gatedAdd } from './gated-add';
import { slice } from './slice';

const shapes = [
  [3, 5, 7],
  [3, 7],
  [3, 5, 7],
];
const wideShapes = [
  [3, 5, 7],
  [3, 21],
  [3, 5, 7],
];
const sliced = ([x, wide, y]: Value[]) => gatedAdd(x, slice(wide, 1, 7, 7), y);

describe('gatedAdd', () => {
  it('matches its reference and has the right gradient', async () => {
    await expectKernelsMatchReference(shapes, ([x, gate, y]) => gatedAdd(x, gate, y));
    await expectGradientsMatch(shapes, ([x, gate, y]) => gatedAdd(x, gate, y));
  });
  it('reads a sliced gate in place', async () => {
    const [x, wide, y] = wideShapes.map((s, i) => input(`x${i}`, s));
    const out = sliced([x, wide, y]);
    const [dy] = gradients(out, input('seed', out.shape), [y]);
    const names = reachable(fuse([out, dy])).map((v) => v.op.name);
    expect(names).not.toContain('slice');
    await expectKernelsMatchReference(wideShapes, sliced);
    await expectGradientsMatch(wideShapes, sliced);
  });
  it('refuses shapes that do not fit', () => {
    const x = input('x', [3, 5, 7]);
    expect(() => gatedAdd(x, input('gate', [3, 6]), x)).toThrow('expected [3,7]');
    expect(() => gatedAdd(x, input('gate', [3, 7]), input('y', [3, 4, 7]))).toThrow('y [3,4,7]');
  });
});
