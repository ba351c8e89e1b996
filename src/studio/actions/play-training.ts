/** @file Plays the training steps from the first, or pauses. */

import { pausePlayback, play } from '../state/playback';
import { getState, viewOf } from '../state/store';
import type { Action } from './action';

export const playTraining: Action = {
  id: 'play-training',
  label: (state) => (state.playing === 'step' ? 'Pause' : 'Play training'),
  shortcut: 'Shift+Space',
  enabled: (state) => (viewOf(state)?.step ?? 0) > 0,
  perform: () => (getState().playing === 'no' ? play('step') : pausePlayback()),
};
