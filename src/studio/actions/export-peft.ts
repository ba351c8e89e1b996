/** @file Saves the LoRA of the run on the page as a PEFT folder in a zip: of its best step, once it is over. */

import { saveFile } from '../files/save-file';
import { exportLora } from '../remote/export-lora';
import { isOver, loraToTake, stepToTake } from '../state/outcome';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportPeft: Action = {
  id: 'export-peft',
  label: ({ live }) =>
    isOver(live)
      ? `Export LoRA of step ${stepToTake(live)} as PEFT folder (.zip)`
      : 'Export LoRA as PEFT folder (.zip)',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  whyNot: () => 'Nothing is trained here yet: train a run, or open one of the Library.',
  perform: async () => {
    const file = await exportLora(loraToTake(getState().live!), 'peft-zip');
    saveFile(file.fileName, file.bytes);
  },
};
