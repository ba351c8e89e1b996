/** @file Draws the columns of Compare with the same prompts and seeds. */

import { bytes } from '../numbers/in-words';
import { drawColumns } from '../remote/compare';
import { getState } from '../state/store';
import type { Action } from './action';

export const generateAction: Action = {
  id: 'generate',
  label: (state) => {
    if (state.compare.busy) return 'Drawing…';
    return state.downloadBytes ? `Generate (downloads ${bytes(state.downloadBytes)} once)` : 'Generate';
  },
  shortcut: 'g',
  enabled: ({ capability, compare, opened, fields, cancelDrawing }) =>
    capability?.kind === 'ready' &&
    !compare.busy &&
    cancelDrawing === null &&
    opened !== 'opening' &&
    fields.compareView !== 'runs',
  perform: async () => {
    const { compareView } = getState().fields;
    if (compareView !== 'runs') await drawColumns(compareView);
  },
};
