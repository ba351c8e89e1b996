/**
 * @file How much the comparison spends. The default is worked out for two cores with a software adapter, where a picture
 * of ten steps takes three seconds: some four hours in all.
 */
import { UserError } from '../errors';
import { showList } from '../shown';

export interface Budget {
  id: 'quick' | 'default' | 'full';
  /** Updates of a cell, and pictures of each. */
  updates: number;
  batch: number;
  /** Steps of a rollout, and of every picture that is judged. */
  rolloutSteps: number;
  /** The judge looks at the sample words, and a LoRA is kept, after so many updates. */
  every: number;
  /** Words of that grid. */
  samples: number;
  /** What a finished cell is judged by; diversity is between the seeds of a word, so there are at least two. */
  evaluation: { prompts: number; seeds: number };
  /** The search for each method's learning rate, by the judge beside those runs. */
  sweep: { updates: number; every: number; rates: readonly number[] };
}

export const BUDGETS: readonly Budget[] = [
  {
    id: 'quick',
    updates: 2,
    batch: 4,
    rolloutSteps: 3,
    every: 1,
    samples: 2,
    evaluation: { prompts: 2, seeds: 2 },
    sweep: { updates: 1, every: 1, rates: [7e-4] },
  },
  {
    id: 'default',
    updates: 24,
    batch: 4,
    rolloutSteps: 10,
    every: 2,
    samples: 16,
    evaluation: { prompts: 24, seeds: 2 },
    sweep: { updates: 12, every: 4, rates: [7e-4, 1.4e-3] },
  },
  {
    id: 'full',
    updates: 40,
    batch: 8,
    rolloutSteps: 16,
    every: 2,
    samples: 16,
    evaluation: { prompts: 24, seeds: 4 },
    sweep: { updates: 20, every: 2, rates: [2e-4, 3.5e-4, 7e-4, 1.4e-3, 2.8e-3] },
  },
];

/** @throws UserError naming the budgets there are */
export function budgetOf(id: string): Budget {
  const found = BUDGETS.find((budget) => budget.id === id);
  if (!found) throw new UserError(`--budget is "${id}", expected one of ${showList(BUDGETS.map((b) => b.id))}.`);
  return found;
}
