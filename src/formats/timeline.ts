/**
 * @file A timeline: one picture seen at every noise level, as the worker sends it, a recording keeps it, the page and
 * timeline.png draw it. Its numbers are one schema; pictures are floats where it is computed and RGBA bytes where it is
 * shown. Which rows and curves it has depends on what the run's reward sees.
 */
import * as z from 'zod/mini';
import { REWARD_FORMS } from './run-file';
import { integer } from './schema';

const number = z.number({ error: 'a number' });
const text = z.string({ error: 'text' });

/** What the reward of a method sees: the closed-form recovery, x − σv, or the finished picture alone. */
export const SEES = ['recovery', 'one-step', 'picture'] as const;
export type Sees = (typeof SEES)[number];

/** The numbers of one noise level. */
export const columnSchema = z.object({
  /** Level of the injection, σ_s. */
  sigma: number,
  /** Level recovered to, σ_r = max(σ_s − Δσ, 0), Δσ the run's step in sigma; null where nothing is recovered. */
  sigmaRecovered: z.nullable(number),
  /** How much of the velocity's error reaches what the reward sees; null where the method has no such number. */
  gamma: z.nullable(number),
  /** κ of the wanted words at σ_r; 0 where nothing is recovered. */
  kappa: number,
  /**
   * What the reward adds and takes away for what it sees from here: f·(1+κ)C₊ and f·C₋, mixed by the rewards' shares.
   * The penalty is null in reward forms without one.
   */
  reward: number,
  penalty: z.nullable(number),
  /** The same two numbers for the ordinary one-step prediction x_s − σ_s·v. */
  rewardOneStep: number,
  penaltyOneStep: z.nullable(number),
});

/** Everything about a timeline but its pictures and columns. */
export const timelineSchema = z.object({
  prompt: text,
  seed: number,
  /** Updates behind the LoRA that drew it; 0 is the base. */
  step: integer(0, 1e9),
  /** What the reward is of, and the words it was read with: a form may leave out one or both. */
  form: z._default(z.enum(REWARD_FORMS, { error: REWARD_FORMS.join(' or ') }), 'relative'),
  positive: text,
  negative: text,
  sees: z._default(z.enum(SEES, { error: SEES.join(' or ') }), 'recovery'),
  /** The trained interval; null where the method has none. */
  sigmaMin: z.nullable(number),
  sigmaMax: z.nullable(number),
  /** The level of the update nearest to it, where there was one that has one. */
  todaySigma: z.nullable(number),
  /** Levels of the calls that carried the gradient of that update. */
  active: z._default(z.array(number), []),
});

export type ColumnNumbers = z.output<typeof columnSchema>;

/** The pictures of one noise level: noise injected, clean picture recovered where that is seen, one-step prediction. */
export interface ColumnPictures<Picture> {
  injected: Picture;
  recovered?: Picture;
  oneStep: Picture;
}

export type PictureRow = keyof ColumnPictures<unknown>;

interface TimelineRow {
  key: PictureRow;
  label: string;
  note: string;
}

const INJECTED: TimelineRow = { key: 'injected', label: 'Injected', note: 'known noise' };

/** Rows of pictures from top to bottom. */
export const ROWS: Record<Sees, readonly TimelineRow[]> = {
  recovery: [
    INJECTED,
    { key: 'recovered', label: 'Direct-Align', note: 'recovered' },
    { key: 'oneStep', label: 'One step', note: 'as in ReFL' },
  ],
  'one-step': [INJECTED, { key: 'oneStep', label: 'One step', note: 'scored' }],
  picture: [INJECTED, { key: 'oneStep', label: 'One step', note: 'not scored' }],
};

/** What the reward sees, by its name and in a sentence. */
export const SEEN: Record<Sees, { name: string; sentence: string }> = {
  recovery: { name: 'Direct-Align', sentence: 'The reward sees the picture recovered from one noise level.' },
  'one-step': { name: 'one step', sentence: 'The reward sees what one step predicts from a noise level.' },
  picture: { name: 'finished picture', sentence: 'The reward sees the finished picture alone, at no noise level.' },
};

export interface TimelineCurve {
  key: 'reward' | 'penalty' | 'rewardOneStep' | 'penaltyOneStep';
  /** Whether it adds to the reward or takes away from it. */
  sign: '+' | '−';
  /** Of the one-step prediction, where the reward sees something else. */
  dashed: boolean;
}

/** Its curves, what the reward sees before what it does not. */
export function curvesOf({ sees, columns }: Pick<TimelineOf<unknown>, 'sees' | 'columns'>): TimelineCurve[] {
  const all: TimelineCurve[] = [
    { key: 'reward', sign: '+', dashed: false },
    { key: 'penalty', sign: '−', dashed: false },
    { key: 'rewardOneStep', sign: '+', dashed: true },
    { key: 'penaltyOneStep', sign: '−', dashed: true },
  ];
  return all.filter(({ key, dashed }) => !(dashed && sees === 'one-step') && columns.some((c) => c[key] !== null));
}

export type Column<Picture> = ColumnNumbers & ColumnPictures<Picture>;

export type TimelineOf<Picture> = z.output<typeof timelineSchema> & {
  clean: Picture;
  columns: Column<Picture>[];
};

/** The trained interval; null where the method has none. */
export const trainedOf = ({ sigmaMin, sigmaMax }: Pick<TimelineOf<unknown>, 'sigmaMin' | 'sigmaMax'>) =>
  sigmaMin === null || sigmaMax === null ? null : { sigmaMin, sigmaMax };

/** The words that its scores are of; null where the reward form leaves them out. */
export const wordsOf = ({ form, positive, negative }: Pick<TimelineOf<unknown>, 'form' | 'positive' | 'negative'>) => ({
  positive: form === 'prompt' ? null : positive,
  negative: form === 'relative' ? negative : null,
});

/** The same timeline with other pictures. */
export function withPictures<From, To>(
  { clean, columns, ...rest }: TimelineOf<From>,
  convert: (picture: From) => To,
): TimelineOf<To> {
  return {
    ...rest,
    clean: convert(clean),
    columns: columns.map(({ injected, recovered, oneStep, ...numbers }) => ({
      ...numbers,
      injected: convert(injected),
      ...(recovered && { recovered: convert(recovered) }),
      oneStep: convert(oneStep),
    })),
  };
}

/** All of its pictures. */
export const picturesIn = <Picture>({ clean, columns }: TimelineOf<Picture>): Picture[] => [
  clean,
  ...columns.flatMap(({ injected, recovered, oneStep }) => [injected, ...(recovered ? [recovered] : []), oneStep]),
];

/** The numbers alone. */
export function numbersOf({ injected: _, recovered: __, oneStep: ___, ...numbers }: Column<unknown>): ColumnNumbers {
  return numbers;
}
