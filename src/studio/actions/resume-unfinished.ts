/** @file Goes on with the run that a closed tab left unfinished. */

import { resumeRun } from '../remote/train';
import { getState } from '../state/store';
import type { Action } from './action';

export const resumeUnfinished: Action = {
  id: 'resume-unfinished',
  label: (state) => (state.unfinished ? `Go on with “${state.unfinished.name}”` : 'Go on with the unfinished run'),
  enabled: (state) => state.unfinished !== null && state.capability?.kind === 'ready',
  perform: () => resumeRun(getState().unfinished!.id),
};
