/** @file Swaps A and B in Compare. */

import { getState, setCompare, setFields } from '../state/store';
import type { Action } from './action';

export const swapSides: Action = {
  id: 'swap-sides',
  label: 'Swap A and B',
  enabled: (state) => state.fields.place === 'compare',
  perform: () => {
    const { compareA, compareB } = getState().fields;
    setFields({ compareA: compareB, compareB: compareA });
    const { a, b, pinnedA, pinnedB } = getState().compare;
    setCompare({ a: b, b: a, pinnedA: pinnedB, pinnedB: pinnedA });
  },
};
