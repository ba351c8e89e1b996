/** @file Ends a drawing that takes too long; what was there before stays. */

import { getState } from '../state/store';
import type { Action } from './action';

export const cancelDrawing: Action = {
  id: 'cancel-drawing',
  label: 'Cancel the drawing',
  enabled: (state) => state.cancelDrawing !== null,
  perform: () => getState().cancelDrawing?.(),
};
