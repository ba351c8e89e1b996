/** @file Swaps A and B in Compare. */

import { getState, setFields, useStudio } from '../state/store';
import type { Action } from './action';

export const swapSides: Action = {
  id: 'swap-sides',
  label: 'Swap A and B',
  enabled: (state) => state.fields.place === 'compare',
  perform: () => {
    const { compareA, compareB } = getState().fields;
    setFields({ compareA: compareB, compareB: compareA });
    useStudio.setState(({ compare: { a, b, pinnedA, pinnedB, busy } }) => ({
      compare: { a: b, b: a, pinnedA: pinnedB, pinnedB: pinnedA, busy },
    }));
  },
};
