/** @file Saves the LoRA of the run on the page for diffusers, ComfyUI and this studio: of its best step, once it is over. */

import { saveFile } from '../files/save-file';
import { exportLora } from '../remote/export-lora';
import { isOver, loraToTake, stepToTake } from '../state/outcome';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportSafetensors: Action = {
  id: 'export-safetensors',
  label: ({ live }) =>
    isOver(live) ? `Export LoRA of step ${stepToTake(live)} (.safetensors)` : 'Export LoRA (.safetensors)',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  whyNot: () => 'Nothing is trained here yet: train a run, or open one of the Library.',
  perform: async () => {
    const file = await exportLora(loraToTake(getState().live!), 'safetensors');
    saveFile(file.fileName, file.bytes);
  },
};
