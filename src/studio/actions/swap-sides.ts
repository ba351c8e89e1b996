/** @file Swaps A and B in Compare. */

import { swapFirstSides } from '../state/compare-changes';
import type { Action } from './action';

export const swapSides: Action = {
  id: 'swap-sides',
  label: 'Swap A and B',
  enabled: ({ fields, compare }) => fields.place === 'compare' && fields.compareView === 'sides' && !compare.busy,
  perform: swapFirstSides,
};
