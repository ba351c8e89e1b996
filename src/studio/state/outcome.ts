/** @file What a run that has ended came to: the numbers of judge and reward at its steps, and the step to take. */
import { bestOf } from '../../align/best-step';
import type { JudgedGrid } from '../../formats/judged';
import type { Metrics } from '../../formats/metrics';
import type { LoraRef } from '../../worker/protocol';
import { signed } from '../numbers/in-words';
import { judgedOf, type RunView } from './run-view';

/** Updates whose rewards are averaged: one update's few pictures say little. */
const AVERAGED = 5;

export interface Outcome {
  /** The best of the kept steps, 0 where the base is best; null where no judge has looked. */
  best: number | null;
  /** Steps whose LoRA may be taken, the one to take first. */
  offered: number[];
  /** Steps of the columns: 0, the best and the last. */
  columns: number[];
  /** Numbers as they are shown, one a column; rows of which nothing is known are left out. */
  rows: { label: string; values: string[] }[];
}

const UNKNOWN = '–';
const percent = (share: number) => `${Math.round(100 * share)} %`;
const plain = (value: number) => signed(value, 2);

/** Whether the run is over and has trained something. */
export const isOver = (view: RunView | null): view is RunView & { runId: string } =>
  view !== null && view.runId !== null && view.step > 0 && (view.state === 'finished' || view.state === 'stopped');

/** The step whose LoRA is taken: the one chosen, else the best, else the last. */
export function stepToTake(view: RunView): number {
  return view.chosenStep ?? (isOver(view) ? outcomeOf(view).offered[0] : view.step);
}

/** The LoRA of that step, as the worker finds it. */
export function loraToTake(view: RunView): LoraRef {
  const step = stepToTake(view);
  return { kind: 'run', runId: view.runId!, ...(step === view.step ? {} : { step }) };
}

export function outcomeOf(view: RunView): Outcome {
  const judged = judgedOf(view.samples);
  // A run that was stopped has kept its last step too.
  const best = bestOf({ ...view.run, steps: view.step }, judged, view.step);
  const offered = [...new Set([best || view.step, view.step])];
  const columns = [...new Set([0, ...offered])].sort((a, b) => a - b);
  const grids = columns.map((at) => judged.find(({ step }) => step === at));
  const of = (label: string, key: Exclude<keyof JudgedGrid, 'step'>, show: (value: number) => string) => ({
    label,
    values: grids.map((grid) => shown(grid?.[key], show)),
  });
  // Where the judge knows no wanted style, `wanted` is a reward and no share of pictures.
  const isShare = grids.some((grid) => grid?.gauge != null);
  const rows = [
    of('Wanted style', 'wanted', isShare ? percent : plain),
    of('Named right', 'namedRight', percent),
    of('Quality', 'quality', plain),
    of('Diversity', 'diversity', plain),
    of('Hacking gauge', 'gauge', plain),
    { label: 'Reward', values: columns.map((step) => shown(rewardAt(view.metrics, step), signed)) },
  ];
  return { best, offered, columns, rows: rows.filter(({ values }) => values.some((value) => value !== UNKNOWN)) };
}

const shown = (value: number | null | undefined, show: (value: number) => string): string =>
  value === null || value === undefined ? UNKNOWN : show(value);

/** The mean reward of the five updates up to a step; for step 0 of the first five. */
function rewardAt(metrics: readonly Metrics[], step: number): number | null {
  const near =
    step === 0
      ? metrics.slice(0, AVERAGED)
      : metrics.filter((line) => line.step <= step && line.step > step - AVERAGED);
  return near.length > 0 ? near.reduce((sum, { reward }) => sum + reward, 0) / near.length : null;
}
