import { expect, test } from 'vitest';
import type { Metrics } from '../../formats/metrics';
import { chartsOf } from './charted';
import { METHODS } from './methods';
import { listedColumns, planText } from './update-details';

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

test('whatever a method measures is in a chart or in the list, by its label and unit', () => {
  for (const { id, metrics } of METHODS) {
    const own = Object.fromEntries(metrics.map(({ name }) => [name, 0.25]));
    const update = line(1, own);
    const charts = chartsOf(id, [update]);
    const listed = listedColumns(id, update);
    for (const { name, label, unit, chart } of metrics) {
      if (chart === null) {
        expect(listed, `${id}: ${name}`).toContainEqual({ label, value: unit ? `0.25 ${unit}` : '0.25' });
      } else {
        const told = charts.map(({ title, series }) => [title, ...series.map((s) => s.label)].join(', ').toLowerCase());
        expect(
          told.some((text) => text.includes(label.split(', ').at(-1)!.toLowerCase()) && text.includes(unit ?? '')),
          `${id}: ${name}`,
        ).toBe(true);
      }
    }
    expect(charts.map(({ title }) => title)).toEqual(expect.arrayContaining(['Reward', 'Loss', 'Gradient norm']));
  }
});

test('a plan is told as probe takes it', () => {
  expect(planText({ plan: { window: [1, 3] } })).toBe('{"window":[1,3]}');
  expect(planText({ plan: {} })).toBeNull();
});
