/** @file Opens the list of everything that can be done. */

import { useStudio } from '../state/store';
import type { Action } from './action';

export const openPalette: Action = {
  id: 'open-palette',
  label: 'Find a command',
  shortcut: 'Mod+k',
  enabled: () => true,
  perform: () => useStudio.setState({ dialog: 'palette' }),
};
