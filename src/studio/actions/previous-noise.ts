/** @file Moves the cursor one noise level towards noise. */

import { moveSigma, pausePlayback } from '../state/playback';
import { timelineOf } from '../state/store';
import type { Action } from './action';

export const previousNoise: Action = {
  id: 'previous-noise',
  label: 'One noise level towards noise',
  shortcut: 'Shift+ArrowLeft',
  enabled: (state) => timelineOf(state) !== null,
  perform: () => {
    pausePlayback();
    moveSigma(-1);
  },
};
