/** @file Moves the cursor one noise level towards the clean picture. */

import { moveSigma, pausePlayback } from '../state/playback';
import { timelineOf } from '../state/store';
import type { Action } from './action';

export const nextNoise: Action = {
  id: 'next-noise',
  label: 'One noise level towards the clean picture',
  shortcut: 'Shift+ArrowRight',
  enabled: (state) => timelineOf(state) !== null,
  perform: () => {
    pausePlayback();
    moveSigma(1);
  },
};
