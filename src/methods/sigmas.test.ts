import { expect, it } from 'vitest';
import { linspace, samplerSigmas, shiftSigma } from './sigmas';

it('the sampler goes from 1 to 0 over the shifted grid', () => {
  const sigmas = samplerSigmas(4, 2);
  expect(sigmas).toHaveLength(5);
  expect(sigmas[0]).toBe(1);
  expect(sigmas[4]).toBe(0);
  expect(sigmas[2]).toBeCloseTo(2 / 3);
  expect(shiftSigma(0.25, 3)).toBeCloseTo(0.5);
});

it('a grid of one entry is its beginning', () => {
  expect([linspace(2, 9, 1, 0), linspace(2, 9, 8, 3), linspace(2, 9, 8, 7)]).toEqual([2, 5, 9]);
});
