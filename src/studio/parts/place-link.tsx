/** @file A link to another state of the page, which opens here without loading it anew. */
import type { ReactNode } from 'react';
import type { Fields } from '../state/fields';
import { writePermalink } from '../state/permalink';
import { getState, setFields } from '../state/store';

export interface PlaceLinkProps {
  to: Partial<Fields>;
  className?: string;
  /** Whether it is the one that is open. */
  current?: boolean;
  children: ReactNode;
}

export function PlaceLink({ to, className, current, children }: PlaceLinkProps) {
  return (
    <a
      className={className}
      aria-current={current ? 'true' : undefined}
      href={writePermalink({ ...getState().fields, ...to })}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        setFields(to);
      }}
    >
      {children}
    </a>
  );
}
