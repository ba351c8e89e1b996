import { describe, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray } from '../compiler/testing';
import { softmax } from './softmax';

describe('softmax', () => {
  for (const shape of [
    [3, 5, 7],
    [2, 65],
    [67, 1],
    [2, 3, 130],
  ]) {
    it(`matches its reference and has the right gradient at [${shape}]`, async () => {
      await expectKernelsMatchReference([shape], ([x]) => softmax(x, 0.3), { tolerance: 1e-6 });
      if (shape[1] > 1) await expectGradientsMatch([shape], ([x]) => softmax(x, 0.3));
    });
  }
  it('has the right gradient in every variant', async () => {
    for (const shape of [
      [3, 5, 7],
      [67, 65],
      [2, 3, 130],
    ]) {
      await expectKernelsMatchReference([shape, shape], ([x, dy]) => gradients(softmax(x, 0.3), dy, [x])[0]);
    }
  });
  it('folds dispatches of more than 65535 rows', async () => {
    await expectKernelsMatchReference([[65543, 3]], ([x]) => softmax(x));
  });
  it('stays finite for large inputs and a negative scale', async () => {
    const data = [randomArray(4 * 9, 3, 1000)];
    await expectKernelsMatchReference([[4, 9]], ([x]) => softmax(x), { data });
    await expectKernelsMatchReference([[4, 9]], ([x]) => softmax(x, -1), { data });
  });
});
