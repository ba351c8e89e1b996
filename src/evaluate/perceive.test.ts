import { expect, it } from 'vitest';
import { separation } from './measures/separation';
import { warningOf } from './perceive';

it('the area is how often a picture with the word scores above one without, the margin in their common spread', () => {
  expect(separation([3, 4], [1, 2]).area).toBe(1);
  expect(separation([1, 2], [3, 4]).area).toBe(0);
  expect(separation([1, 3], [2, 2]).area).toBe(0.5);
  expect(separation([2, 2], [2, 2])).toEqual({ area: 0.5, margin: null });
  // Means 4 and 1; variances 1 and 0: the spread is the root of one half.
  expect(separation([3, 5], [1, 1]).margin).toBeCloseTo(3 / Math.sqrt(0.5), 12);
  expect(separation([1, 2, 3], [2.5]).area).toBeCloseTo(1 / 3, 12);
});

it('a weak word gets a sentence with the pair, or says that there is none', () => {
  const weak = { word: 'watercolor', area: 0.61, margin: 0.4 };
  const pair = { word: 'pencil sketch, watercolor', area: 0.9, margin: 2 };
  expect(warningOf(weak, 'clip', { word: 'pencil sketch', area: 0.93, margin: 2, pair })).toBe(
    'Reward clip hardly sees "watercolor" (area under the curve 0.61, below 0.75): "pencil sketch" is seen better (0.93); take both as one word, "pencil sketch, watercolor" (0.90), or add it to the list.',
  );
  expect(warningOf(weak, 'clip', null)).toMatch(/none of the nearest words of the bundle is seen well/);
});
