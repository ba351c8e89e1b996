import { expect, test } from 'vitest';
import { advantagesOf, spreadOf } from './advantage';

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

test('the spread is the mean of the groups’ deviations', () => {
  expect(spreadOf([1, 3, 10, 10], 2)).toBe(0.5);
});
