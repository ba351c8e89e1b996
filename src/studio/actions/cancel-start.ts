/** @file Calls off a run that is being started: a new one leaves nothing, one that goes on is paused where it was. */

import { getState } from '../state/store';
import type { Action } from './action';

export const cancelStart: Action = {
  id: 'cancel-start',
  label: 'Cancel the start',
  enabled: (state) => state.cancelStart !== null,
  perform: () => getState().cancelStart?.(),
};
