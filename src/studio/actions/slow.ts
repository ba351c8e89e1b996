/** @file Plays four times slower. */

import { getState, setFields } from '../state/store';
import type { Action } from './action';

export const slow: Action = {
  id: 'slow',
  label: (state) => (state.fields.slow ? 'Play at normal speed' : 'Play in slow motion'),
  enabled: () => true,
  perform: () => setFields({ slow: !getState().fields.slow }),
};
