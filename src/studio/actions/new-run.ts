/** @file Leaves the run on the page (it stays in the Library) to set up another. */

import { leaveRun } from '../state/left-run';
import type { Action } from './action';

export const newRun: Action = {
  id: 'new-run',
  label: 'Set up a new run',
  enabled: (state) => state.live !== null && !['starting', 'running'].includes(state.live.state),
  perform: leaveRun,
};
