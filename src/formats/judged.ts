/**
 * @file What the judge says of a run's sample grid: a record of its own for every grid (`samples/step-000000.json`, the
 * page's record of the samples), and for a grid after an update columns of that update's metrics.
 */
import * as z from 'zod/mini';
import { integer, parseWith } from './schema';

const number = z.nullable(z.number({ error: 'a number or null' }));

export const judgedSchema = z.object(
  {
    /** Updates behind the grid. */
    step: integer(0, 1e9),
    /** Mean probability of the wanted style; where the words mean none, the rewards' f·(C₊ − C₋). */
    wanted: number,
    /** Part of the pictures whose thing is the judge's first; null where no prompt names one of its things. */
    namedRight: number,
    /** Mean quality, 0 … 1. */
    quality: number,
    /** Mean distance of the grid's pictures from one another; null for one picture. */
    diversity: number,
    /** Hacking gauge; null where no style is wanted. */
    gauge: number,
  },
  { error: 'what a judge says of a sample grid' },
);

export type JudgedGrid = z.output<typeof judgedSchema>;

/** @throws UserError naming the key that is wrong */
export const parseJudged = (value: unknown, file: string): JudgedGrid => parseWith(judgedSchema, value, file);

/** The columns that a judged grid adds to the metrics of its update, with the best step known then. */
export const JUDGED_COLUMNS = ['wanted', 'namedRight', 'quality', 'diversity', 'gauge', 'bestStep'] as const;
