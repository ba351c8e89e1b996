/** @file The colour scheme in use, for what is drawn on a canvas and has to be drawn again when it changes. */
import { useSyncExternalStore } from 'react';
import { useStudio } from '../state/store';

const QUERIES = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'];

function subscribe(changed: () => void): () => void {
  const lists = QUERIES.map((query) => matchMedia(query));
  for (const list of lists) list.addEventListener('change', changed);
  return () => {
    for (const list of lists) list.removeEventListener('change', changed);
  };
}

/** A text that changes with the page's colours: by the page's theme or the system's. */
export function useScheme(): string {
  const theme = useStudio((state) => state.fields.theme);
  const system = useSyncExternalStore(subscribe, () => QUERIES.map((query) => matchMedia(query).matches).join());
  return `${theme} ${system}`;
}
