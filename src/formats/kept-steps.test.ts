import { expect, test } from 'vitest';
import { stepToDrop } from './kept-steps';

test('the step whose neighbours are closest goes, never the first or the last', () => {
  expect(stepToDrop([0, 1, 2], 3)).toBeNull();
  expect(stepToDrop([0, 10, 12, 20], 3)).toBe(12);
  expect(stepToDrop([0, 8, 10, 20], 3)).toBe(8);
  let steps: number[] = [];
  for (let step = 0; step < 100; step++) {
    steps = [...steps, step];
    const gone = stepToDrop(steps, 8);
    steps = steps.filter((s) => s !== gone);
  }
  expect(steps).toHaveLength(8);
  expect([steps[0], steps.at(-1)]).toEqual([0, 99]);
});
