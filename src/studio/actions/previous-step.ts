/** @file Moves the cursor one training step back. */

import { moveStep, pausePlayback } from '../state/playback';
import { viewOf } from '../state/store';
import type { Action } from './action';

export const previousStep: Action = {
  id: 'previous-step',
  label: 'One training step back',
  shortcut: 'ArrowLeft',
  enabled: (state) => viewOf(state) !== null,
  perform: () => {
    pausePlayback();
    moveStep(-1);
  },
};
