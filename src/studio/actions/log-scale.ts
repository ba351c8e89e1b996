/** @file Draws the charts of loss and gradient on a logarithmic scale. */

import { getState, setFields } from '../state/store';
import type { Action } from './action';

export const logScale: Action = {
  id: 'log-scale',
  label: (state) => (state.fields.logScale ? 'Charts on a linear scale' : 'Charts on a log scale'),
  shortcut: 'l',
  enabled: () => true,
  perform: () => setFields({ logScale: !getState().fields.logScale }),
};
