/**
 * @file A timeline: one picture seen at every noise level, as the worker sends it, a recording keeps it and the page
 * draws it. Its numbers are one schema; pictures are floats where it is computed and RGBA bytes where it is shown.
 */
import * as z from 'zod/mini';
import { integer } from './schema';

const number = z.number({ error: 'a number' });
const text = z.string({ error: 'text' });

/** The numbers of one noise level. */
export const columnSchema = z.object({
  /** Level of the injection, σ_s. */
  sigma: number,
  /** Level recovered to, σ_r = max(σ_s − Δσ, 0), Δσ the run's step in sigma. */
  sigmaRecovered: number,
  /** Gradient factor of the recovery, γ = (σ_r − σ_s)/(1 − σ_r). */
  gamma: number,
  /** κ of the wanted words at σ_r. */
  kappa: number,
  /** f·(1+κ)C₊ and f·C₋ of the recovery, mixed by the rewards' shares. */
  reward: number,
  penalty: number,
  /** The same two numbers for the ordinary one-step prediction x_s − σ_s·v. */
  rewardOneStep: number,
  penaltyOneStep: number,
});

/** Everything about a timeline but its pictures and columns. */
export const timelineSchema = z.object({
  prompt: text,
  seed: number,
  /** Updates behind the LoRA that drew it; 0 is the base. */
  step: integer(0, 1e9),
  /** The words the rewards were read with. */
  positive: text,
  negative: text,
  /** The trained interval. */
  sigmaMin: number,
  sigmaMax: number,
  /** The level of the update nearest to it, where there was one. */
  todaySigma: z.nullable(number),
});

export type ColumnNumbers = z.output<typeof columnSchema>;

/** The pictures of one noise level: noise injected, clean picture recovered, ordinary one-step prediction. */
export interface ColumnPictures<Picture> {
  injected: Picture;
  recovered: Picture;
  oneStep: Picture;
}

export type Column<Picture> = ColumnNumbers & ColumnPictures<Picture>;

export type TimelineOf<Picture> = z.output<typeof timelineSchema> & {
  clean: Picture;
  columns: Column<Picture>[];
};

/** The same timeline with other pictures. */
export function withPictures<From, To>(
  { clean, columns, ...rest }: TimelineOf<From>,
  convert: (picture: From) => To,
): TimelineOf<To> {
  return {
    ...rest,
    clean: convert(clean),
    columns: columns.map((column) => ({
      ...column,
      injected: convert(column.injected),
      recovered: convert(column.recovered),
      oneStep: convert(column.oneStep),
    })),
  };
}

/** The numbers alone. */
export function numbersOf({ injected: _, recovered: __, oneStep: ___, ...numbers }: Column<unknown>): ColumnNumbers {
  return numbers;
}
