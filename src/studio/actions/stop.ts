/** @file Ends the run and keeps its LoRA in the Library. */

import { control } from '../remote/train';
import type { Action } from './action';

export const stop: Action = {
  id: 'stop',
  label: 'Stop and keep',
  enabled: (state) => state.live?.source === 'live' && ['running', 'paused'].includes(state.live.state),
  whyNot: () => 'No run trains now.',
  perform: () => control('stop'),
};
