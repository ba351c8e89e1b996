/** @file Pauses the run after the step in hand. */

import { control } from '../remote/train';
import type { Action } from './action';

export const pause: Action = {
  id: 'pause',
  label: 'Pause',
  shortcut: 'p',
  enabled: (state) => state.live?.source === 'live' && state.live.state === 'running',
  whyNot: () => 'No run trains now.',
  perform: () => control('pause'),
};
