/** @file Shows what this is, its licences and its keyboard shortcuts. */

import { useStudio } from '../state/store';
import type { Action } from './action';

export const openAbout: Action = {
  id: 'open-about',
  label: 'About, licences and shortcuts',
  enabled: () => true,
  perform: () => useStudio.setState({ dialog: 'about' }),
};
