/** @file Starts a new run with the settings on the page. */

import { bytes } from '../numbers/in-words';
import { startRun } from '../remote/train';
import type { Action } from './action';

const trains = (state: import('../state/store').StudioState) =>
  state.live?.source === 'live' && ['starting', 'running', 'paused'].includes(state.live.state);

export const align: Action = {
  id: 'align',
  label: (state) => (state.downloadBytes ? `Align (downloads ${bytes(state.downloadBytes)} once)` : 'Align'),
  shortcut: 'Mod+Enter',
  enabled: (state) =>
    state.capability?.kind === 'ready' &&
    state.opened !== 'opening' &&
    !trains(state) &&
    state.fields.prompts.length > 0 &&
    state.fields.positive.length > 0 &&
    state.fields.negative.length > 0,
  perform: () => startRun(),
};
