/** @file Switches between light and dark. */

import { getState, setFields } from '../state/store';
import type { Action } from './action';

const isDark = () => {
  const { theme } = getState().fields;
  return theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
};

export const toggleTheme: Action = {
  id: 'toggle-theme',
  label: 'Switch between light and dark',
  shortcut: 't',
  enabled: () => true,
  perform: () => setFields({ theme: isDark() ? 'light' : 'dark' }),
};
