import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input, reachable, type Value } from '../graph/graph';
import { modulatedNorm } from './modulated-norm';
import { slice } from './slice';

const build = ([x, scale, shift]: Value[]) => modulatedNorm(x, scale, shift, 1e-6);
const wideShapes = [
  [3, 5, 7],
  [3, 42],
];
const sliced = ([x, wide]: Value[]) => modulatedNorm(x, slice(wide, 1, 7, 7), slice(wide, 1, 28, 7), 1e-6);

describe('modulatedNorm', () => {
  for (const [batch, length, width] of [
    [3, 5, 7],
    [1, 67, 65],
    [2, 3, 130],
  ]) {
    it(`matches its reference and has the right gradients at [${batch},${length},${width}]`, async () => {
      const shapes = [
        [batch, length, width],
        [batch, width],
        [batch, width],
      ];
      await expectKernelsMatchReference(shapes, build, { tolerance: 1e-6 });
      await expectGradientsMatch(shapes, build, { tolerance: 3e-6 });
    });
  }
  it('has the right gradient of x in every variant', async () => {
    const shapes = [
      [2, 67, 130],
      [2, 130],
      [2, 130],
      [2, 67, 130],
    ];
    await expectKernelsMatchReference(
      shapes,
      ([x, scale, shift, dy]) => gradients(build([x, scale, shift]), dy, [x])[0],
    );
  });
  it('reads slices in place', async () => {
    const [x, wide] = wideShapes.map((s, i) => input(`x${i}`, s));
    const out = sliced([x, wide]);
    const [dx] = gradients(out, input('seed', out.shape), [x]);
    const names = reachable(fuse([out, dx])).map((v) => v.op.name);
    expect(names).not.toContain('slice');
    await expectKernelsMatchReference(wideShapes, sliced);
    await expectGradientsMatch(wideShapes, sliced);
  });
  it('refuses shapes that do not fit', () => {
    const x = input('x', [3, 5, 7]);
    expect(() => modulatedNorm(x, input('scale', [3, 7]), input('shift', [2, 7]), 1e-6)).toThrow('expected [3,7]');
    expect(() => modulatedNorm(input('x', [5, 7]), x, x, 1e-6)).toThrow('not [batch, sequence, channel]');
  });
});
