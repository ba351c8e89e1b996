import { expect, test } from 'vitest';
import { Pace } from './pace';

test('timelines are drawn as often as a fifth of the training time allows', () => {
  const pace = new Pace(10);
  expect(pace.timelineIsDue).toBe(false);
  pace.update(1);
  pace.timeline(1);
  expect(pace.timelineEvery).toBe(5);
  for (let i = 0; i < 4; i++) pace.update(1);
  expect(pace.timelineIsDue).toBe(false);
  pace.update(1);
  expect(pace.timelineIsDue).toBe(true);
});

test('the time of a step includes its share of timelines and samples', () => {
  const pace = new Pace(10);
  expect(pace.secondsPerStep).toBe(0);
  pace.update(1);
  pace.timeline(1);
  pace.samples(5);
  expect(pace.secondsPerStep).toBeCloseTo(1 + 1 / 5 + 5 / 10);
});

test('a step during which the computer slept does not count', () => {
  const pace = new Pace(10);
  for (const seconds of [1, 1, 3600, 1]) pace.update(seconds);
  expect(pace.secondsPerStep).toBe(1);
});
