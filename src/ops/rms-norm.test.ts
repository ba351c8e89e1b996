import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { expectPackedWeightsMatch } from '../compiler/testing-weights';
import { type DType, input } from '../graph/graph';
import { rmsNorm } from './rms-norm';

describe('rmsNorm', () => {
  for (const shape of [
    [2, 5, 3, 7],
    [67, 65],
    [3, 130],
  ]) {
    it(`matches its reference and has the right gradient at [${shape}]`, async () => {
      const shapes = [shape, [shape[shape.length - 1]]];
      await expectKernelsMatchReference(shapes, ([x, weight]) => rmsNorm(x, weight, 1e-6), { tolerance: 1e-6 });
      await expectGradientsMatch(shapes, ([x, weight]) => rmsNorm(x, weight, 1e-6), { wrt: [0], tolerance: 3e-6 });
    });
  }
  it('has the right gradient in every variant', async () => {
    const shape = [67, 130];
    await expectKernelsMatchReference(
      [shape, [130], shape],
      ([x, weight, dy]) => gradients(rmsNorm(x, weight, 1e-6), dy, [x])[0],
    );
  });
  it('reads a weight of any type', async () => {
    const types: DType[][] = [['f32'], ['f16'], ['bf16']];
    await expectPackedWeightsMatch([[3, 5, 7]], [[7]], ([x], [weight]) => rmsNorm(x, weight, 1e-6), types);
    await expectPackedWeightsMatch(
      [
        [3, 5, 7],
        [3, 5, 7],
      ],
      [[7]],
      ([x, seed], [weight]) => gradients(rmsNorm(x, weight, 1e-6), seed, [x])[0],
      types,
    );
  });
  it('refuses a weight of another size, and its gradient', () => {
    const [x, w] = [input('x', [2, 4]), input('w', [4])];
    expect(() => rmsNorm(x, input('w', [3]), 1e-6)).toThrow('weight [3] for rows of 4');
    expect(() => gradients(rmsNorm(x, w, 1e-6), input('seed', [2, 4]), [w])).toThrow(
      'rms-norm has no gradient for its input 1 (w)',
    );
  });
});
