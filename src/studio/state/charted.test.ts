import { expect, test } from 'vitest';
import type { Metrics } from '../../formats/metrics';
import { chartsOf } from './charted';
import { METHODS } from './methods';

const common = {
  plan: {},
  reward: 0.1,
  loss: 0.2,
  gradNorm: 1,
  saturation: 0.3,
  positive: 'a',
  negative: 'b',
  seconds: 1,
};
const line = (step: number, more: object = {}) => ({ step, ...common, ...more }) as Metrics;

test('every method has a chart of reward and of loss, with its own columns where it has them', () => {
  for (const { id, metrics } of METHODS) {
    const own = Object.fromEntries(metrics.map(({ name }) => [name, 1]));
    const charts = chartsOf(id, [line(1, own)]);
    for (const kind of ['reward', 'loss'] as const) {
      const series = charts.find(({ title }) => title.toLowerCase() === kind)!.series;
      expect(series).toHaveLength(Math.max(metrics.filter(({ chart }) => chart === kind).length, 1));
      expect(new Set(series.map(({ label }) => label)).size).toBe(series.length);
    }
  }
});

test('a column without numbers is no series; the common column takes the place of all', () => {
  const branch = { rewardDenoise: 0.5, rewardInversion: null, lossDenoise: null, lossInversion: null };
  const charts = chartsOf('direct-align', [line(1, branch), line(2, branch)]);
  const named = Object.fromEntries(charts.map(({ title, series }) => [title, series]));
  expect(named.Reward.map(({ label, values }) => [label, values])).toEqual([['denoise branch', [0.5, 0.5]]]);
  expect(named.Loss.map(({ label, values }) => [label, values])).toEqual([['loss', [0.2, 0.2]]]);
});
