import { expect, test } from 'vitest';
import { numberOf, parseMetrics } from './metrics';

const line = {
  step: 3,
  plan: { active: [1, 4] },
  reward: 0.25,
  loss: 0.75,
  gradNorm: 2,
  saturation: 0.3,
  positive: 'a',
  negative: 'b',
  seconds: 1.5,
};

test('a line holds the common columns and numbers of the method’s own', () => {
  const metrics = parseMetrics({ ...line, kl: 0.5, rewardInversion: null }, 'line 3');
  expect(metrics).toEqual({ ...line, kl: 0.5, rewardInversion: null });
  expect([numberOf(metrics, 'kl'), numberOf(metrics, 'rewardInversion'), numberOf(metrics, 'sigma')]).toEqual([
    0.5,
    null,
    null,
  ]);
});

test('a wrong column is named', () => {
  expect(() => parseMetrics({ ...line, kl: 'much' }, 'line 3')).toThrow('line 3: "kl" is "much", expected a number');
  expect(() => parseMetrics({ ...line, loss: null }, 'line 3')).toThrow('"loss" is null, expected a number');
  expect(() => parseMetrics(7, 'line 3')).toThrow('line 3 holds 7');
});

test('lines of before there were other methods get plan, reward and loss', () => {
  const { plan: _, reward: __, loss: ___, ...rest } = line;
  const old = { ...rest, sigmaIndex: 700, sigma: 0.9, rewardDenoise: 0.1, lossDenoise: 0.3 };
  expect(parseMetrics({ ...old, rewardInversion: 0.2, lossInversion: 0.25 }, 'line')).toMatchObject({
    plan: { sigmaIndex: 700 },
    reward: 0.1,
    loss: 0.55,
    rewardInversion: 0.2,
  });
  expect(parseMetrics({ ...old, rewardInversion: null, lossInversion: null }, 'line').loss).toBe(0.3);
});
