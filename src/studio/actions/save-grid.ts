/** @file Saves the pictures of Compare as one PNG. */

import { saveFile } from '../files/save-file';
import { getState } from '../state/store';
import type { Action } from './action';

export const saveGrid: Action = {
  id: 'save-grid',
  label: 'Save grid as PNG',
  enabled: ({ compare }) => compare.columns.some(({ cells }) => cells.some(({ picture }) => picture !== null)),
  perform: async () => {
    const { gridPng } = await import('../pictures/grid-png');
    const { columns, how } = getState().compare;
    saveFile('compare.png', await gridPng(columns, how!), 'image/png');
  },
};
