/** @file Starts a new run with the settings on the page. */

import { bytes } from '../numbers/in-words';
import { startRun } from '../remote/train';
import { settingsMessage } from '../state/field-message';
import type { StudioState } from '../state/store';
import type { Action } from './action';

const trains = ({ live }: StudioState) =>
  live?.source === 'live' && ['starting', 'running', 'paused'].includes(live.state);

/** What is missing, as the button's note says it. */
function missing({ fields }: StudioState): string | null {
  const { prompts, positive, negative } = fields;
  if (prompts.length === 0) return 'Write at least one prompt: Align trains on pictures of the prompts.';
  if (positive.length === 0) return 'Add a word to “More of”: the reward is read with it.';
  if (negative.length === 0) return 'Add a word to “Less of”: the reward is read against it.';
  return settingsMessage(fields);
}

export const align: Action = {
  id: 'align',
  label: (state) => {
    if (state.opened === 'opening') return 'Opening…';
    const verb = state.live ? 'Align again' : 'Align';
    return state.downloadBytes ? `${verb} (downloads ${bytes(state.downloadBytes)} once)` : verb;
  },
  shortcut: 'Mod+Enter',
  enabled: (state) =>
    state.capability?.kind === 'ready' && state.opened !== 'opening' && !trains(state) && missing(state) === null,
  whyNot: (state) => (trains(state) ? null : missing(state)),
  perform: () => startRun(),
};
