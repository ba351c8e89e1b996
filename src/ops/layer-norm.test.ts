import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray } from '../compiler/testing';
import { expectPackedWeightsMatch } from '../compiler/testing-weights';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { groupNorm } from './group-norm';
import { layerNorm } from './layer-norm';

describe('layerNorm', () => {
  for (const shape of [
    [3, 5, 7],
    [67, 65],
    [2, 3, 130],
  ]) {
    it(`matches its reference and has the right gradient at [${shape}]`, async () => {
      await expectKernelsMatchReference([shape], ([x]) => layerNorm(x, 1e-6), { tolerance: 1e-6 });
      await expectGradientsMatch([shape], ([x]) => layerNorm(x, 1e-6), { tolerance: 3e-6 });
    });
  }
  it('has the right gradient in every variant', async () => {
    for (const shape of [
      [3, 5, 7],
      [67, 65],
      [2, 3, 130],
    ]) {
      await expectKernelsMatchReference([shape, shape], ([x, dy]) => gradients(layerNorm(x, 1e-6), dy, [x])[0]);
    }
  });
  it('keeps its precision far from 0', async () => {
    const data = [randomArray(5 * 33, 1).map((v) => v + 1000)];
    await expectKernelsMatchReference([[5, 33]], ([x]) => layerNorm(x, 1e-6), { data, tolerance: 2e-4 });
  });
  it('reads weight and bias of any type, and has the right gradient', async () => {
    await expectPackedWeightsMatch(
      [[3, 5, 7]],
      [[7], [7]],
      ([x], [weight, bias]) => layerNorm(x, 1e-5, { weight, bias }),
      [
        ['f32', 'f32'],
        ['f16', 'f16'],
        ['bf16', 'bf16'],
        ['f16', 'f32'],
      ],
    );
    await expectPackedWeightsMatch(
      [
        [3, 5, 7],
        [3, 5, 7],
      ],
      [[7], [7]],
      ([x, seed], [weight, bias]) => gradients(layerNorm(x, 1e-5, { weight, bias }), seed, [x])[0],
      [
        ['f32', 'f32'],
        ['f16', 'f16'],
        ['bf16', 'bf16'],
      ],
    );
    const shapes = [[3, 5, 7], [7], [7]];
    await expectGradientsMatch(shapes, ([x, weight, bias]) => layerNorm(x, 1e-5, { weight, bias }), { wrt: [0] });
  });
  it('refuses a weight of another size, and its gradient', () => {
    const [x, w] = [input('x', [2, 4]), input('w', [4])];
    expect(() => layerNorm(x, 1e-6, { weight: input('w', [3]), bias: w })).toThrow('[3] for rows of 4');
    expect(() => gradients(layerNorm(x, 1e-6, { weight: w, bias: w }), input('seed', [2, 4]), [w])).toThrow(
      'layer-norm has no gradient for its input 1 (w)',
    );
  });
});

describe('groupNorm', () => {
  const shapes = [[2, 3, 5, 8], [8], [8]];
  it('normalises runs of channels over the picture, with the right gradient', async () => {
    // 0, 1, … 15 as [1, 4, 2, 2], here channels last: two groups of mean 3.5 and 11.5, variance 5.25 each.
    const [x, weight, bias] = [[1, 2, 2, 4], [4], [4]].map((shape, i) => input(`x${i}`, shape));
    const out = groupNorm(x, 2, 1e-5, { weight, bias });
    const data = Float64Array.from({ length: 16 }, (_, i) => (i % 4) * 4 + Math.floor(i / 4));
    const given = new Map([
      [x, data],
      [weight, Float64Array.of(1, 2, 3, 4)],
      [bias, Float64Array.of(0, 0, 1, 1)],
    ]);
    const [found] = interpret([out], given);
    const step = 1 / Math.sqrt(5.25 + 1e-5);
    const wanted = Array.from({ length: 16 }, (_, i) => {
      const c = i % 4;
      return (data[i] - (c < 2 ? 3.5 : 11.5)) * step * (c + 1) + (c < 2 ? 0 : 1);
    });
    found.forEach((v, i) => {
      expect(v).toBeCloseTo(wanted[i], 9);
    });
    await expectKernelsMatchReference(shapes, ([x, weight, bias]) => groupNorm(x, 4, 1e-5, { weight, bias }));
    await expectGradientsMatch(shapes, ([x, weight, bias]) => groupNorm(x, 4, 1e-5, { weight, bias }), { wrt: [0] });
  });
  it('refuses groups that are not whole', () => {
    const [x, weight, bias] = [[2, 3, 5, 6], [6], [6]].map((shape, i) => input(`x${i}`, shape));
    expect(() => groupNorm(x, 4, 1e-5, { weight, bias })).toThrow('6 channels are not 4 groups');
  });
});
