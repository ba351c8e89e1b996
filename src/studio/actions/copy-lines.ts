/** @file Copies the lines that use the exported LoRA in diffusers. */

import { loraFileStem } from '../../lora/file-name';
import { diffusersLines } from '../state/diffusers-lines';
import { isOver, stepToTake } from '../state/outcome';
import type { RunView } from '../state/run-view';
import { getState, notify } from '../state/store';
import type { Action } from './action';

/** The lines for the LoRA that is exported now. */
export const linesOf = (live: RunView): string =>
  diffusersLines(live.run.bundle, `${loraFileStem(live.name, stepToTake(live))}.safetensors`);

export const copyLines: Action = {
  id: 'copy-lines',
  label: 'Copy the lines for diffusers',
  enabled: ({ live }) => isOver(live),
  perform: async () => {
    try {
      await navigator.clipboard.writeText(linesOf(getState().live!));
      notify('info', 'The lines for diffusers are on the clipboard.');
    } catch {
      notify('info', 'The clipboard is not available here: select the lines and copy them.');
    }
  },
};
