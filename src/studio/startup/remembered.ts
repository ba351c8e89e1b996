/** @file The few fields that are kept from visit to visit, outside permalinks. */
import type { Fields } from '../state/fields';

const REMEMBERED = ['theme', 'letterKeys'] as const satisfies (keyof Fields)[];

/** What the last visit kept. */
export function remembered(): Partial<Fields> {
  const theme = localStorage.getItem('studio.theme');
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    letterKeys: localStorage.getItem('studio.letterKeys') !== 'false',
  };
}

/** Keeps them for the next visit. */
export function remember(fields: Fields): void {
  for (const name of REMEMBERED) localStorage.setItem(`studio.${name}`, String(fields[name]));
}
