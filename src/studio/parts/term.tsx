/** @file A word that the glossary explains: pressing it opens the glossary there. */
import type { ReactNode } from 'react';
import { useStudio } from '../state/store';
import './term.css';

/** @param id of its entry (lessons/glossary.ts) */
export function Term({ id, children }: { id: string; children: ReactNode }) {
  return (
    <button
      type="button"
      className="term"
      aria-haspopup="dialog"
      onClick={() => useStudio.setState({ dialog: 'glossary', term: id })}
    >
      {children}
    </button>
  );
}
