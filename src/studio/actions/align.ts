/** @file Starts a new run with the settings on the page; a run that is there is left first (new-run.ts). */

import { bytes } from '../numbers/in-words';
import { startRun } from '../remote/train';
import { settingsMessage } from '../state/field-message';
import type { StudioState } from '../state/store';
import type { Action } from './action';

/** What is missing, as the button's note says it. */
function missing({ fields }: StudioState): string | null {
  const { prompts, positive, negative } = fields;
  if (prompts.length === 0) return 'Write at least one prompt: Align trains on pictures of the prompts.';
  if (positive.length === 0) return 'Add a word to “More of”: the reward is read with it.';
  if (negative.length === 0) return 'Add a word to “Less of”: the reward is read against it.';
  return settingsMessage(fields);
}

/** Why it cannot be pressed now. */
function reason(state: StudioState): string | null {
  const { capability, opened } = state;
  if (!capability) return null;
  if (capability.kind !== 'ready') return 'This browser cannot train; the sentence above the pictures says why.';
  if (opened === 'opening') return 'One moment: the base model is being opened.';
  return missing(state);
}

export const align: Action = {
  id: 'align',
  label: ({ downloadBytes }) => (downloadBytes ? `Align (downloads ${bytes(downloadBytes)} once)` : 'Align'),
  shortcut: 'Mod+Enter',
  enabled: (state) => state.capability !== null && state.cancelStart === null && !state.live && reason(state) === null,
  whyNot: (state) => (state.live || state.cancelStart ? null : reason(state)),
  perform: () => startRun(),
};
