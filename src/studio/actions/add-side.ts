/** @file One more side in Compare. */

import { addSide, canAddSide } from '../state/compare-changes';
import type { Action } from './action';

export const addSideAction: Action = {
  id: 'add-side',
  label: 'Add a side',
  enabled: canAddSide,
  perform: addSide,
};
