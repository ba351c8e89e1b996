import { expect, test } from 'vitest';
import { SIGMAS } from '../remote/draw';
import { signed } from './in-words';
import { lonePoints, paddedRange, roundTicks, sigmaPosition, smoothed } from './scale';

test('a column lies at its own centre, sigmas between columns in proportion, outside at the edges', () => {
  const sigmas = [0.9, 0.7, 0.1];
  expect(sigmas.map((s) => sigmaPosition(s, sigmas))).toEqual([1 / 6, 3 / 6, 5 / 6].map((x) => expect.closeTo(x, 9)));
  expect(sigmaPosition(0.8, sigmas)).toBeCloseTo(2 / 6);
  expect(sigmaPosition(0.25, sigmas)).toBeCloseTo(0.5 + (0.45 / 0.6) * (1 / 3));
  expect(sigmaPosition(2, sigmas)).toBe(0);
  expect(sigmaPosition(-2, sigmas)).toBe(1);
});

test('the asked noise levels are at least twelve, descending, below one', () => {
  expect(SIGMAS.length).toBeGreaterThanOrEqual(12);
  expect([...SIGMAS].sort((a, b) => b - a)).toEqual(SIGMAS);
  expect(SIGMAS[0]).toBeLessThan(1);
});

test('signed uses a true minus and never shows a negative zero', () => {
  expect([signed(-0.0441), signed(0.5, 1), signed(-0.0001)]).toEqual(['−0.044', '0.5', '0.000']);
});

test('smoothing starts at the first value, keeps a constant, and leaves few values as they are', () => {
  const constant = new Array(12).fill(2);
  expect(smoothed(constant)).toEqual(constant.map((x) => expect.closeTo(x, 9)));
  const [first, second, missing] = smoothed([1, 3, null, ...constant], 0.5);
  expect([first, missing]).toEqual([1, null]);
  expect(second).toBeCloseTo((0.5 * 1 + 3) / 1.5);
  expect(smoothed([1, null, 3])).toEqual([1, null, 3]);
});

test('ticks are round numbers inside the range, with the decimals they need', () => {
  expect(roundTicks(-0.013, 0.061, 4)).toEqual({
    values: [0, 0.02, 0.04, 0.06].map((v) => expect.closeTo(v, 9)),
    digits: 2,
  });
  expect(roundTicks(0, 1, 2)).toEqual({ values: [0, 0.5, 1], digits: 1 });
  expect(roundTicks(3, 47, 4)).toEqual({ values: [20, 40], digits: 0 });
});

test('a range is never empty', () => {
  expect(paddedRange([])).toEqual([0, 1]);
  const [low, high] = paddedRange([0.3, 0.3]);
  expect(low).toBeLessThan(high);
});

test('points that no line reaches are found, so that they can be drawn', () => {
  expect(lonePoints([3])).toEqual([0]);
  expect(lonePoints([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(lonePoints([1, null, 2], true)).toEqual([]);
  expect(lonePoints([null, 1, null], true)).toEqual([1]);
});
