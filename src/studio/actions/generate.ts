/** @file Draws both sides of Compare with the same prompts and seeds. */

import { bytes } from '../numbers/in-words';
import { compareBoth } from '../remote/compare';
import type { Action } from './action';

export const generateAction: Action = {
  id: 'generate',
  label: (state) => {
    if (state.compare.busy) return 'Drawing…';
    return state.downloadBytes ? `Generate (downloads ${bytes(state.downloadBytes)} once)` : 'Generate';
  },
  shortcut: 'g',
  enabled: (state) =>
    state.capability?.kind === 'ready' &&
    !state.compare.busy &&
    state.opened !== 'opening' &&
    !(state.compare.pinnedA && state.compare.pinnedB),
  perform: compareBoth,
};
