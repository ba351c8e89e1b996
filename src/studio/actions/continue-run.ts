/** @file Goes on with a paused run, also one that a closed tab left behind. */

import { continueRun } from '../remote/train';
import { otherBaseOf } from '../state/other-base';
import type { Action } from './action';

export const continueRunAction: Action = {
  id: 'continue',
  label: 'Continue',
  shortcut: 'c',
  enabled: (state) =>
    state.live?.state === 'paused' && state.capability?.kind === 'ready' && otherBaseOf(state) === null,
  perform: continueRun,
};
