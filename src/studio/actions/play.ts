/** @file Plays the noise levels from noise to the clean picture, or pauses. */

import { pausePlayback, play } from '../state/playback';
import { getState, isLaboratory, timelineOf } from '../state/store';
import type { Action } from './action';
import { labPlay } from './lab-play';

export const playNoise: Action = {
  id: 'play-noise',
  label: (state) => (state.playing === 'sigma' ? 'Pause' : 'Play noise levels'),
  shortcut: 'Space',
  // In the laboratory the key is the laboratory's.
  enabled: (state) => isLaboratory(state) || timelineOf(state) !== null,
  perform: () => {
    if (isLaboratory(getState())) return labPlay.enabled(getState()) ? labPlay.perform() : undefined;
    return getState().playing === 'no' ? play('sigma') : pausePlayback();
  },
};
