/** @file What a lesson is: a few steps, each of which puts the real workspace into a state of its own. */
import type { Fields } from '../state/fields';

/** What stands beside the text. */
export const STAGES = [
  'timeline',
  'samples',
  'charts',
  'settings',
  'laboratory',
  'gamma',
  'saturation',
  'known-noise',
  'cost',
  'words',
  'runs',
  'vote',
  'own-pictures',
] as const;
export type Stage = (typeof STAGES)[number];

/** What a step can draw a ring around. */
export const MARKS = [
  'scores',
  'gradient',
  'trained-band',
  'injected',
  'recovered',
  'one-step',
  'clean',
  'inspector',
  'numbers',
  'samples',
  'charts',
  'gamma',
  'saturation',
  'words',
  'method',
  'training-step',
  'formula',
  'plane',
  'curves',
  'blend',
  'memory',
  'time',
  'chosen',
  'ranking',
  'seen',
  'runs',
  'measures',
  'votes',
  'advantages',
  'set',
] as const;
export type Mark = (typeof MARKS)[number];

/** The state of the workspace that a step speaks about; what it leaves out stays as it is. */
export interface LessonState {
  /** A recorded run (a folder of public/recordings), shown in place of a run of the user's own. */
  recording?: string;
  /** Noise level under the cursor, 0 to 1: the column nearest to it. */
  sigma?: number;
  /** Training step under the cursor; null follows the newest. */
  trainingStep?: number | null;
  /** Settings, given back when the step is left; those of a run stay untouched while one is on the page. */
  settings?: Partial<Fields>;
  /** What stands beside the text, from top to bottom; by default the timeline. */
  shows?: readonly Stage[];
  /** Plays along one axis from here. */
  plays?: 'sigma' | 'step';
}

/** What stands beside a step's text. */
export const showsOf = ({ shows = ['timeline'] }: LessonState): readonly Stage[] => shows;

export interface Answer {
  text: string;
  right: boolean;
  /** Shown once it is chosen: why it is so. */
  because: string;
}

export interface LessonStep {
  title: string;
  /** One or two sentences. */
  text: string;
  state: LessonState;
  marks?: readonly Mark[];
  /** Asked before the answer can be seen in the workspace. */
  question?: { text: string; answers: readonly Answer[] };
}

export interface Lesson {
  /** Its name in a link; never changes. */
  id: string;
  title: string;
  /** What the reader will know after it: goes on from "After this you know". */
  outcome: string;
  steps: readonly LessonStep[];
}
