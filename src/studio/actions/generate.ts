/** @file Draws both sides of Compare with the same prompts and seeds. */

import { compareBoth, sideOptions } from '../remote/compare';
import { bytes } from '../state/run-view';
import type { Action } from './action';

export const generateAction: Action = {
  id: 'generate',
  label: (state) => (state.downloadBytes ? `Generate (downloads ${bytes(state.downloadBytes)} once)` : 'Generate'),
  shortcut: 'g',
  enabled: (state) =>
    state.capability?.kind === 'ready' &&
    !state.compare.busy &&
    state.opened !== 'opening' &&
    sideOptions(state).length > 0,
  perform: compareBoth,
};
