/** @file Saves the adapter of the run on the page as a PEFT folder in a zip. */

import { saveFile } from '../save-file';
import { exportAdapter } from '../session';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportPeft: Action = {
  id: 'export-peft',
  label: 'Export adapter as PEFT folder (.zip)',
  enabled: (state) => state.live?.runId != null && state.live.step > 0,
  perform: async () => {
    const file = await exportAdapter({ kind: 'run', runId: getState().live!.runId! }, 'peft-zip');
    saveFile(file.fileName, file.bytes);
  },
};
