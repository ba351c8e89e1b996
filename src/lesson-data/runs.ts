/**
 * @file Four runs on the plane whose end a reader guesses: one that stops in time, and three that are hacked, each in its
 * own way.
 */
import { Base } from '../laboratory/base';
import { DATA_SETS } from '../laboratory/data';
import type { Hills } from '../laboratory/hills';
import { Laboratory } from '../laboratory/laboratory';
import type { MethodId } from '../methods';

/** Seed of base and runs, and the data. */
export const SEED = 1;
export const DATA = 'ring';

export interface RunRecipe {
  id: 'good' | 'long' | 'weak' | 'vivid';
  method: MethodId;
  hills: Hills;
  /** Updates after which it is looked at, ascending from 0. */
  steps: readonly number[];
}

const WANTED = { wanted: { x: 1.7, y: 0 }, unwanted: { x: -1.7, y: 0 } };

export const RECIPES: readonly RunRecipe[] = [
  { id: 'long', method: 'srpo', hills: WANTED, steps: [0, 10, 20, 30, 50, 70, 100] },
  {
    // Two words that say nearly the same: their difference is no direction.
    id: 'weak',
    method: 'srpo',
    hills: { wanted: { x: 1.7, y: 0 }, unwanted: { x: 1.5, y: 0.3 } },
    steps: [0, 5, 10, 20, 25, 30, 40],
  },
  { id: 'good', method: 'srpo', hills: WANTED, steps: [0, 5, 10, 15, 20, 25, 30] },
  {
    // A reward whose best lies where there is no data, as vivid colour does.
    id: 'vivid',
    method: 'draft',
    hills: { wanted: { x: 2.7, y: -2.2 }, unwanted: null },
    steps: [0, 10, 20, 30, 40, 50, 60],
  },
];

/** A run at one of its steps. */
export interface RunState {
  step: number;
  reward: number;
  spread: number;
  onData: number;
  /** x and y of the samples, in hundredths. */
  points: number[];
}

export type RunsData = { id: RunRecipe['id']; states: RunState[] }[];

export async function trainedBase(): Promise<Base> {
  const base = new Base(DATA_SETS[DATA].spots, SEED);
  while (!base.isTrained) await base.train();
  return base;
}

/** The run up to one of its steps. */
export async function statesOf(base: Base, { method, hills, steps }: RunRecipe, until = Infinity): Promise<RunState[]> {
  const laboratory = new Laboratory(base, { method, seed: SEED, hills });
  const states: RunState[] = [];
  for (const step of steps) {
    if (step > until) break;
    while (laboratory.step < step) await laboratory.update();
    const { reward, spread, onData } = await laboratory.measure();
    const round = (value: number) => Math.round(1000 * value) / 1000;
    const points = [...(await laboratory.samples())].map((value) => Math.round(100 * value) + 0);
    states.push({ step, reward: round(reward), spread: round(spread), onData: round(onData), points });
  }
  return states;
}

export async function runsData(): Promise<RunsData> {
  const base = await trainedBase();
  const runs: RunsData = [];
  for (const recipe of RECIPES) runs.push({ id: recipe.id, states: await statesOf(base, recipe) });
  return runs;
}
