import { expect, it } from 'vitest';
import { difference, interval, meanOf, percentile, resamplesOf } from './bootstrap';

it('an interval is the middle 95 % of the resamples, as computed by hand', () => {
  // All 27 ways to draw three of three prompts, each once: their sums are 0 (1 way), 1 (3), 2 (6), 3 (7), 4 (6), 5 (3), 6 (1).
  const all = Array.from({ length: 27 }, (_, i) => [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)]);
  const found = interval(meanOf([0, 1, 2]), 3, all)!;
  expect(found.value).toBe(1);
  // Position .025 · 26 = .65 lies between the first, 0, and the second, 1/3.
  expect(found.low).toBeCloseTo(0.65 / 3, 12);
  expect(found.high).toBeCloseTo(2 - 0.65 / 3, 12);
});

it('a difference is paired: what both sides share takes no room', () => {
  const base = [0.1, 0.9, 0.5, 0.3];
  const of = base.map((v) => v + 0.2);
  const resamples = resamplesOf(4);
  const { value, low, high } = interval(difference(meanOf(of), meanOf(base)), 4, resamples)!;
  for (const v of [value, low, high]) expect(v).toBeCloseTo(0.2, 12);
  const own = interval(meanOf(of), 4, resamples)!;
  expect(own.high - own.low).toBeGreaterThan(0.2);
});

it('resamples are the same every time, of the right size, and near the standard error', () => {
  expect(resamplesOf(5)).toEqual(resamplesOf(5));
  expect(resamplesOf(5)).toHaveLength(1000);
  expect(new Set(resamplesOf(5).flatMap((r) => [...r]))).toEqual(new Set([0, 1, 2, 3, 4]));
  const column = Array.from({ length: 100 }, (_, i) => i % 2);
  const { low, high } = interval(meanOf(column), 100, resamplesOf(100))!;
  // 1.96 standard errors of a share of one half over 100.
  expect(low).toBeCloseTo(0.5 - 0.098, 1);
  expect(high).toBeCloseTo(0.5 + 0.098, 1);
});

it('prompts without a number are left out; where none has one there is no interval', () => {
  expect(interval(meanOf([1, null, 3]), 3, [[0, 1, 2]])).toEqual({ value: 2, low: 2, high: 2 });
  expect(interval(meanOf([null, null]), 2, resamplesOf(2))).toBeNull();
  expect(interval(difference(meanOf([1]), meanOf([null])), 1, resamplesOf(1))).toBeNull();
  // A resample that has none counts for nothing.
  expect(
    interval(meanOf([null, 4]), 2, [
      [0, 0],
      [0, 1],
    ]),
  ).toEqual({ value: 4, low: 4, high: 4 });
});

it('a percentile lies between its two neighbours', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect(percentile([7], 0.025)).toBe(7);
  expect(percentile([0, 10, 20, 30, 40], 0.5)).toBe(20);
  expect(percentile([0, 10, 20, 30, 40], 0.9)).toBeCloseTo(36, 12);
});
