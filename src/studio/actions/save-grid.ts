/** @file Saves the pictures of Compare as one PNG. */

import { saveFile } from '../files/save-file';
import { getState } from '../state/store';
import type { Action } from './action';

export const saveGrid: Action = {
  id: 'save-grid',
  label: 'Save grid as PNG',
  enabled: (state) => state.compare.a !== null || state.compare.b !== null,
  perform: async () => {
    const { gridPng } = await import('../pictures/grid-png');
    const { a, b } = getState().compare;
    saveFile('compare.png', await gridPng([a, b].filter((side) => side !== null)), 'image/png');
  },
};
