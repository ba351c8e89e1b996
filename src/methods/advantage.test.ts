import { expect, test } from 'vitest';
import { advantagesOf, judgedBy, spreadOf } from './advantage';

test('advantages are within the group, with the deviation of divisor n', () => {
  const [a, b, c, d] = advantagesOf([1, 3, 10, 10], 2);
  // std of 1 and 3 is 1.
  expect(a).toBeCloseTo(-1 / 1.0001, 12);
  expect(b).toBeCloseTo(1 / 1.0001, 12);
  expect([c, d]).toEqual([0, 0]);
});

test('equal rewards have no advantage, even where their mean is rounded', () => {
  expect([...advantagesOf([0.1, 0.1, 0.1], 3)]).toEqual([0, 0, 0]);
});

test('an advantage is at most 5', () => {
  const values = Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0));
  const advantages = advantagesOf(values, 64);
  expect(advantages[0]).toBe(5);
  expect(advantages[1]).toBeCloseTo(-1 / 64 / (Math.sqrt(63) / 64 + 1e-4), 12);
});

test('a picture that a person skipped does not count', () => {
  const [a, b, skipped, alone] = advantagesOf([1, 0, null, null], 4);
  expect([a, b].map((v) => Math.round(v * 1e3))).toEqual([1000, -1000]);
  expect([skipped, alone]).toEqual([0, 0]);
  expect([...advantagesOf([null, null], 2)]).toEqual([0, 0]);
  const { reward, advantage, spread } = judgedBy([1, null, null, null], 2);
  expect([...reward]).toEqual([1, 0.5, 0.5, 0.5]);
  expect([...advantage]).toEqual([0, 0, 0, 0]);
  expect(spread).toBe(0);
});

test('the spread is the mean of the groups’ deviations', () => {
  expect(spreadOf([1, 3, 10, 10], 2)).toBe(0.5);
});
