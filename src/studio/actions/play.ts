/** @file Plays the noise levels from noise to the clean picture, or pauses. */

import { pausePlayback, play } from '../state/playback';
import { getState, timelineOf } from '../state/store';
import type { Action } from './action';

export const playNoise: Action = {
  id: 'play-noise',
  label: (state) => (state.playing === 'sigma' ? 'Pause' : 'Play noise levels'),
  shortcut: 'Space',
  enabled: (state) => timelineOf(state) !== null,
  perform: () => (getState().playing === 'no' ? play('sigma') : pausePlayback()),
};
