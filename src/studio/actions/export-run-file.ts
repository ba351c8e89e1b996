/** @file Saves the settings as run.json, for the program, another browser or a colleague. */

import { runWithHistory } from '../../formats/control-words';
import { fileName, saveFile } from '../files/save-file';
import { runOfFields } from '../state/run-of-fields';
import { getState } from '../state/store';
import type { Action } from './action';

export const exportRunFile: Action = {
  id: 'export-run-file',
  label: 'Export run file (run.json)',
  enabled: () => true,
  perform: () => {
    const { live, fields } = getState();
    const run = live ? runWithHistory(live.run, live.wordChanges) : runOfFields(fields);
    saveFile(
      live ? fileName(live.name, 'run.json') : 'run.json',
      `${JSON.stringify(run, null, 2)}\n`,
      'application/json',
    );
  },
};
