/** @file Moves the cursor one training step forward. */

import { moveStep, pausePlayback } from '../state/playback';
import { viewOf } from '../state/store';
import type { Action } from './action';

export const nextStep: Action = {
  id: 'next-step',
  label: 'One training step forward',
  shortcut: 'ArrowRight',
  enabled: (state) => viewOf(state) !== null,
  perform: () => {
    pausePlayback();
    moveStep(1);
  },
};
