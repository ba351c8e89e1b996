/** @file One update of the laboratory. */

import { stepLaboratory, useLaboratory } from '../remote/laboratory';
import { isLaboratory } from '../state/store';
import type { Action } from './action';

export const labStep: Action = {
  id: 'lab-step',
  label: 'One update of the laboratory',
  enabled: (state) => isLaboratory(state) && useLaboratory.getState().learned === 1,
  perform: stepLaboratory,
};
