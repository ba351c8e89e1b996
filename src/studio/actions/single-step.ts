/** @file Trains one step of a paused run. */

import { control } from '../remote/train';
import type { Action } from './action';

export const singleStep: Action = {
  id: 'single-step',
  label: 'Train one step',
  shortcut: 's',
  enabled: (state) => state.live?.source === 'live' && state.live.state === 'paused',
  whyNot: () => 'Pause first: a single step is trained from a pause.',
  perform: () => control('step'),
};
