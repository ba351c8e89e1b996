/** @file Light and dark: the page's root names the theme where the user chose one. */
import { getState } from '../state/store';

/** Shows the theme in use. */
export function applyTheme(): void {
  const { theme } = getState().fields;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
