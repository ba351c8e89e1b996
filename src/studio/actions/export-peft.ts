/** @file Saves the LoRA of the run on the page as a PEFT folder in a zip. */

import { saveFile } from '../files/save-file';
import { exportLora } from '../remote/export-lora';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportPeft: Action = {
  id: 'export-peft',
  label: 'Export LoRA as PEFT folder (.zip)',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  perform: async () => {
    const file = await exportLora({ kind: 'run', runId: getState().live!.runId! }, 'peft-zip');
    saveFile(file.fileName, file.bytes);
  },
};
