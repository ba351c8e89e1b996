/** @file Opens every setting of the run file. */

import { useStudio } from '../state/store';
import type { Action } from './action';

export const openSettings: Action = {
  id: 'open-settings',
  label: 'All settings',
  enabled: () => true,
  perform: () => useStudio.setState({ dialog: 'settings' }),
};
