/**
 * @file The run file of a laboratory: what every method reads its settings from.
 */

import { PERSON } from '../formats/person';
import type { RunFile } from '../formats/run-file';
import { type MethodId, methodOf } from '../methods';
import { parseOptions } from '../methods/options';
import { parseRunFile } from '../methods/run-file';
import { WORDS } from './hills';
import { LEARNING_RATE } from './sizes';

/** Points of one update; a method with groups takes the next multiple of its group. */
export const BATCH = 48;
/** On the plane all is decided at lower levels than in pictures: above, every point is nearly the mean. */
const LEVELS = { sigmaMin: 0.2, sigmaMax: 0.8 };
/** Higher than a reward can rise: nothing keeps a method from going on, so that hacking can be seen. */
const MARGIN = 1;

export interface LaboratorySettings {
  method: MethodId;
  /** Those that differ from the method's defaults. */
  options?: Readonly<Record<string, unknown>>;
  seed: number;
  learningRate?: number;
  /** Whether a person votes in place of the hills: one group an update. */
  person?: boolean;
}

/** What its settings are called in a sentence. */
const NAME = 'The laboratory';

/** The run file of these settings. @throws UserError for an option that the method does not have, or its value */
export function runOf(given: LaboratorySettings): RunFile {
  const { method: id, options = {}, seed, learningRate = LEARNING_RATE, person = false } = given;
  const method = methodOf(id);
  const settings = {
    version: 1,
    prompts: ['a point'],
    method: id,
    options,
    seed,
    optimizer: { learningRate },
    timesteps: LEVELS,
    reward: {
      ...(person && { model: PERSON }),
      ...{ form: method.forms[0], positive: [WORDS[0]], negative: [WORDS[1]], margin: MARGIN },
    },
  };
  const group = method.group?.(parseOptions(method, options, NAME)) ?? 1;
  return parseRunFile({ ...settings, batch: group * (person ? 1 : Math.max(1, Math.round(BATCH / group))) }, NAME);
}
