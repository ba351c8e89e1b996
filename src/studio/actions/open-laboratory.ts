/** @file Opens the laboratory of the Learn place. */

import { setFields } from '../state/store';
import type { Action } from './action';

export const openLaboratoryAction: Action = {
  id: 'open-laboratory',
  label: 'Open the laboratory',
  enabled: () => true,
  perform: () => setFields({ place: 'learn', lab: true }),
};
