/** @file Opens Compare with the base on the left and this run on the right. */

import { setFields } from '../state/store';
import type { Action } from './action';

export const compareRun: Action = {
  id: 'compare-run',
  label: 'Compare with the base',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  perform: () => setFields({ place: 'compare', compareA: 'base', compareB: 'current' }),
};
