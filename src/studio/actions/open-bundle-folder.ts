/** @file Uses a bundle folder of the user instead of the one of this site. */

import { importFiles } from '../files/import-files';
import { pickFolder } from '../files/pick-files';
import type { Action } from './action';

export const openBundleFolder: Action = {
  id: 'open-bundle-folder',
  label: 'Open a bundle folder of my own',
  enabled: (state) => state.live?.state !== 'running' && state.opened !== 'opening',
  perform: async () => importFiles(await pickFolder()),
};
