/** @file Charts of several runs over each other: one for each quantity, a line a run, over the steps of all of them. */
import type { JudgedGrid } from '../../formats/judged';
import { type Metrics, numberOf } from '../../formats/metrics';
import type { RunFile } from '../../formats/run-file';
import type { Series } from './charted';
import { letterOf } from './compare-columns';
import { methodOf } from './methods';

/** Runs at most: more lines cannot be told apart. */
export const MOST_RUNS = 6;

export interface ComparedRun {
  /** A run's id, or `recorded`. */
  id: string;
  name: string;
  run: RunFile;
  metrics: readonly Metrics[];
  judged: readonly JudgedGrid[];
}

export interface Overlay {
  title: string;
  /** Every step at which a run has a value, ascending. */
  steps: number[];
  series: Series[];
  canBeLog: boolean;
}

/** How the lines of runs look, in their order. */
export const RUN_LOOKS: readonly Pick<Series, 'color' | 'dash'>[] = [
  { color: '--accent', dash: [] },
  { color: '--neg', dash: [8, 4] },
  { color: '--pos', dash: [2, 3] },
  { color: '--danger', dash: [10, 3, 2, 3] },
  { color: '--warn', dash: [5, 2] },
  { color: '--dim', dash: [1, 2] },
];

interface Quantity {
  title: string;
  canBeLog?: boolean;
  /** Its values of a run, by step. */
  of(run: ComparedRun): Map<number, number>;
}

const known = (pairs: readonly (readonly [step: number, value: number | null])[]) =>
  new Map(pairs.flatMap(([step, value]) => (value === null ? [] : [[step, value] as const])));

const measured = (title: string, column: string, canBeLog = false): Quantity => ({
  title,
  canBeLog,
  of: ({ metrics }) => known(metrics.map((line) => [line.step, numberOf(line, column)])),
});

const judged = (title: string, column: 'wanted' | 'namedRight' | 'quality' | 'diversity' | 'gauge'): Quantity => ({
  title,
  of: ({ judged: grids }) => known(grids.map((grid) => [grid.step, grid[column]])),
});

const COMMON: readonly Quantity[] = [
  judged('Wanted style', 'wanted'),
  judged('Named right', 'namedRight'),
  judged('Quality', 'quality'),
  judged('Diversity', 'diversity'),
  judged('Hacking gauge', 'gauge'),
  measured('Reward', 'reward'),
  measured('Loss', 'loss', true),
  measured('Gradient norm', 'gradNorm', true),
  measured('Saturation', 'saturation'),
  measured('Seconds an update', 'seconds'),
];

/** What methods measure beside that, where at least two of the runs do. */
function ownQuantities(runs: readonly ComparedRun[]): Quantity[] {
  const titles = new Map<string, { name: string; count: number }>();
  for (const { run, metrics } of runs) {
    for (const { name, label, unit, chart } of methodOf(run.method).metrics) {
      if (chart === null || !metrics.some((line) => numberOf(line, name) !== null)) continue;
      const title = `${label[0].toUpperCase()}${label.slice(1)}${unit ? `, ${unit}` : ''}`;
      titles.set(title, { name, count: (titles.get(title)?.count ?? 0) + 1 });
    }
  }
  return [...titles].flatMap(([title, { name, count }]) => (count > 1 ? measured(title, name) : []));
}

/** The charts of these runs; a quantity that none of them has is left out. */
export function overlay(runs: readonly ComparedRun[]): Overlay[] {
  return [...COMMON, ...ownQuantities(runs)].flatMap(({ title, canBeLog = false, of }) => {
    const columns = runs.map(of);
    const steps = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
    if (steps.length === 0) return [];
    const series = runs.map(
      ({ name }, i): Series => ({
        ...RUN_LOOKS[i % RUN_LOOKS.length],
        short: letterOf(i),
        label: `${letterOf(i)}: ${name}`,
        values: steps.map((step) => columns[i].get(step) ?? null),
      }),
    );
    return [{ title, steps, series, canBeLog }];
  });
}
