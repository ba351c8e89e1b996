import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import type { Metrics } from '../../formats/metrics';
import { type ComparedRun, MOST_RUNS, overlay, RUN_LOOKS } from './overlay';

const line = (step: number, more: object = {}) =>
  ({ step, plan: {}, reward: step / 10, loss: 1, gradNorm: 2, saturation: 0.3, seconds: 1, ...more }) as Metrics;
const grid = (step: number, wanted: number | null) => ({
  ...{ step, wanted, namedRight: 0.9, quality: 0.8, diversity: 0.5, gauge: 0 },
});
const run = (name: string, method: string, more: Partial<ComparedRun>): ComparedRun => ({
  ...{ id: name, name, run: { ...PRESET, method }, metrics: [], judged: [] },
  ...more,
});
const titled = (runs: ComparedRun[]) => Object.fromEntries(overlay(runs).map((chart) => [chart.title, chart]));

test('runs of different length lie on one axis, a line each, with gaps where a run has nothing', () => {
  const a = run('a', 'srpo', { metrics: [line(1), line(2)], judged: [grid(0, 0.1), grid(5, 0.6)] });
  const b = run('b', 'refl', { metrics: [line(2), line(3)], judged: [grid(0, 0.2), grid(2, null)] });
  const { Reward, 'Wanted style': wanted } = titled([a, b]);
  expect(Reward.steps).toEqual([1, 2, 3]);
  expect(Reward.series.map(({ label, values }) => [label, values])).toEqual([
    ['A: a', [0.1, 0.2, null]],
    ['B: b', [null, 0.2, 0.3]],
  ]);
  expect(wanted.steps).toEqual([0, 5]);
  expect(wanted.series[1].values).toEqual([0.2, null]);
});

test('what the methods measure themselves is there where two runs do; a quantity without numbers is left out', () => {
  const branches = { rewardInversion: 0.5, lossInversion: null };
  const a = run('a', 'srpo', { metrics: [line(1, branches)] });
  const own = ({ title }: { title: string }) => /inversion/.test(title);
  expect(overlay([a, run('b', 'refl', { metrics: [line(1)] })]).filter(own)).toEqual([]);
  expect(overlay([a, run('b', 'srpo', { metrics: [line(1, branches)] })]).filter(own)).toHaveLength(1);
  expect(overlay([a]).map(({ title }) => title)).not.toContain('Wanted style');
  expect(overlay([run('c', 'srpo', {})])).toEqual([]);
});

test('lines of runs differ by colour and by dashes', () => {
  expect(RUN_LOOKS).toHaveLength(MOST_RUNS);
  for (const of of ['color', 'dash'] as const) {
    expect(new Set(RUN_LOOKS.map((look) => String(look[of]))).size).toBe(MOST_RUNS);
  }
});
