/** @file Opens files of the user: LoRAs, run files, prompt lists. */

import { openFiles } from '../files/open-files';
import { pickFiles } from '../files/pick-files';
import type { Action } from './action';

export const importAction: Action = {
  id: 'import',
  label: 'Import a file',
  enabled: () => true,
  perform: async () => openFiles(await pickFiles()),
};
