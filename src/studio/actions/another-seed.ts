/** @file Takes the next seed, where the settings would make a run again that is there already. */

import { repeatedRun } from '../state/left-run';
import { getState, setFields } from '../state/store';
import type { Action } from './action';

export const anotherSeed: Action = {
  id: 'another-seed',
  label: ({ fields }) => `Take seed ${(fields.seed + 1) % 2 ** 32}`,
  enabled: (state) => repeatedRun(state) !== null,
  perform: () => setFields({ seed: (getState().fields.seed + 1) % 2 ** 32 }),
};
