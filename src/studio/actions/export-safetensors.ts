/** @file Saves the LoRA of the run on the page for diffusers, ComfyUI and this studio. */

import { saveFile } from '../files/save-file';
import { exportLora } from '../remote/export-lora';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportSafetensors: Action = {
  id: 'export-safetensors',
  label: 'Export LoRA (.safetensors)',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  perform: async () => {
    const file = await exportLora({ kind: 'run', runId: getState().live!.runId! }, 'safetensors');
    saveFile(file.fileName, file.bytes);
  },
};
