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
  /** A LoRA is kept after so many updates. */
  every: number;
  /** Words that the kept LoRAs are looked at with, to find the best step; none of them is trained on or evaluated. */
  samplePrompts: number;
  /** What a finished cell is judged by; diversity is between the seeds of a word, so there are at least two. */
  evaluation: { prompts: number; seeds: number };
  /** The search for each method's learning rate, on words of its own. */
  sweep: { updates: number; rates: readonly number[]; prompts: number; seeds: number };
}

export const BUDGETS: readonly Budget[] = [
  {
    id: 'quick',
    updates: 2,
    batch: 4,
    rolloutSteps: 3,
    every: 1,
    samplePrompts: 2,
    evaluation: { prompts: 2, seeds: 2 },
    sweep: { updates: 1, rates: [7e-4], prompts: 2, seeds: 2 },
  },
  {
    id: 'default',
    updates: 24,
    batch: 4,
    rolloutSteps: 10,
    every: 4,
    samplePrompts: 16,
    evaluation: { prompts: 24, seeds: 2 },
    sweep: { updates: 10, rates: [4e-4, 8e-4], prompts: 6, seeds: 2 },
  },
  {
    id: 'full',
    updates: 40,
    batch: 8,
    rolloutSteps: 16,
    every: 2,
    samplePrompts: 16,
    evaluation: { prompts: 32, seeds: 4 },
    sweep: { updates: 16, rates: [2e-4, 4e-4, 7e-4, 1.2e-3, 2e-3], prompts: 12, seeds: 2 },
  },
];

/** @throws UserError naming the budgets there are */
export function budgetOf(id: string): Budget {
  const found = BUDGETS.find((budget) => budget.id === id);
  if (!found) throw new UserError(`--budget is "${id}", expected one of ${showList(BUDGETS.map((b) => b.id))}.`);
  return found;
}
