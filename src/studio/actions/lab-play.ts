/** @file Plays the updates of the laboratory, or pauses. */

import { pauseLaboratory, playLaboratory, useLaboratory } from '../remote/laboratory';
import { isLaboratory } from '../state/store';
import type { Action } from './action';

export const labPlay: Action = {
  id: 'lab-play',
  label: () => (useLaboratory.getState().playing ? 'Pause the laboratory' : 'Play the laboratory'),
  enabled: (state) => isLaboratory(state) && useLaboratory.getState().learned === 1,
  perform: () => (useLaboratory.getState().playing ? pauseLaboratory() : playLaboratory()),
};
