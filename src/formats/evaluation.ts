/** @file evaluation.json: what `evaluate` measured of the base and of LoRAs. Documented in docs/FORMATS.md. */
import * as z from 'zod/mini';
import { integer, parseWith } from './schema';

const number = z.number({ error: 'a number' });
const word = z.string({ error: 'text' });
const list = z.array(word, { error: 'a list of texts' });

/** A mean over the prompts with its 95 % bootstrap interval. */
const interval = z.object(
  { value: number, low: number, high: number },
  { error: 'an object with value, low and high' },
);
const intervals = z.record(z.string(), z.nullable(interval), { error: 'an object of intervals' });

const side = z.object({
  name: word,
  /** null: the base alone. */
  lora: z.nullable(z.object({ sha256: word, strength: number, step: z.nullable(integer(0, 1e9)) })),
  /** By the measure's name; null where nothing was to be measured. */
  measures: intervals,
  /** This side less the base, prompt by prompt; null for the base. */
  difference: z.nullable(intervals),
});

export const evaluationSchema = z.object(
  {
    version: z.literal(1, { error: '1' }),
    base: z.object({ name: word, version: number, sha256: word }),
    /** The judge's network; null for a bundle without one. */
    judge: z.nullable(z.object({ sha256: word })),
    /** The graphics adapter that drew. */
    device: word,
    prompts: list,
    /** Noise of every prompt: 0 … seeds − 1. */
    seeds: integer(1, 1e6),
    steps: integer(1, 1000),
    guidance: number,
    words: z.nullable(z.object({ positive: list, negative: list })),
    wantedStyles: list,
    resamples: integer(1, 1e6),
    sides: z.array(side, { error: 'a list of sides' }),
  },
  { error: 'an evaluation' },
);

export type Evaluation = z.output<typeof evaluationSchema>;
export type EvaluatedSide = z.output<typeof side>;
export type MeasuredInterval = z.output<typeof interval>;

/** @throws UserError naming the key that is wrong */
export const parseEvaluation = (value: unknown, file: string): Evaluation => parseWith(evaluationSchema, value, file);
