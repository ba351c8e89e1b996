/** @file A stored run that was trained on another base than the one in use, such as an earlier version of it. */
import { trainedElsewhere } from '../../models/known-bases';
import type { BundleInfo } from '../../worker/protocol';
import type { StudioState } from './store';

/**
 * Why a run cannot be trained further here, and what still works with it; null where it can, or where the base in use is
 * not known yet.
 */
export function otherBase(name: string, baseHash: string, bundle: BundleInfo | null): string | null {
  const elsewhere = bundle && trainedElsewhere(`“${name}”`, baseHash, bundle);
  return (
    elsewhere &&
    `${elsewhere}: it cannot be trained further here. Look at its pictures and numbers, export its LoRA, or set up a new run with its settings.`
  );
}

/** The same of the run on the page; null where there is none from the Library. */
export const otherBaseOf = ({ live, bundle }: Pick<StudioState, 'live' | 'bundle'>): string | null =>
  live?.baseHash === undefined ? null : otherBase(live.name, live.baseHash, bundle);
