import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { scale } from './scale';

describe('scale', () => {
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference([[3, 5, 7]], ([x]) => scale(x, -0.3611));
  });
  it('has the right gradient', async () => {
    await expectGradientsMatch([[3, 5, 7]], ([x]) => scale(x, -0.3611));
  });
  it('is x itself where the factor is 1', () => {
    const x = input('x', [3]);
    expect(scale(x, 1)).toBe(x);
  });
});
