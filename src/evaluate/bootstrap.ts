/** @file Bootstrap intervals: an evaluation's prompts drawn again, with replacement, by a seeded stream. */
import { Random } from '../align/random';

/** How often the prompts are drawn again. */
export const RESAMPLES = 1000;
/** Fixed, so that the same pictures always get the same intervals. */
const SEED = 20_260_000;

/** A value over all prompts, with the 2.5th and 97.5th percentile of its resamples. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** A number of some prompts, named by their indices with repetition; null where they have none. */
export type Statistic = (prompts: ArrayLike<number>) => number | null;

/** Indices of the prompts of each resample. @param n number of prompts */
export function resamplesOf(n: number, resamples = RESAMPLES, seed = SEED): Int32Array[] {
  const random = new Random(seed);
  return Array.from({ length: resamples }, () => Int32Array.from({ length: n }, () => random.integer(0, n)));
}

/**
 * The 95 % interval of a statistic. The difference of two sides is a statistic of its own: both sides of it see the
 * same prompts, so it is paired.
 *
 * @param n number of prompts
 * @returns null where the statistic has no value over all prompts
 */
export function interval(statistic: Statistic, n: number, resamples: readonly ArrayLike<number>[]): Interval | null {
  const value = statistic(Int32Array.from({ length: n }, (_, i) => i));
  if (value === null) return null;
  const drawn = resamples.map(statistic).filter((v) => v !== null);
  drawn.sort((a, b) => a - b);
  return { value, low: percentile(drawn, 0.025) ?? value, high: percentile(drawn, 0.975) ?? value };
}

/** The q-th quantile of sorted numbers, interpolated between the two nearest; null for none. */
export function percentile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** The mean of a column over prompts; those without a number are left out. */
export function meanOf(column: readonly (number | null)[]): Statistic {
  return (prompts) => {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < prompts.length; i++) {
      const value = column[prompts[i]];
      if (value === null) continue;
      sum += value;
      count++;
    }
    return count === 0 ? null : sum / count;
  };
}

/** `of` less `base`, over the same prompts. */
export function difference(of: Statistic, base: Statistic): Statistic {
  return (prompts) => {
    const [a, b] = [of(prompts), base(prompts)];
    return a === null || b === null ? null : a - b;
  };
}
