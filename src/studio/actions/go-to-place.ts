/** @file One action for each place of the studio. */

import { PLACES, type Place } from '../state/fields';
import { setFields } from '../state/store';
import type { Action } from './action';

export const PLACE_LABELS: Record<Place, string> = {
  align: 'Align',
  compare: 'Compare',
  library: 'Library',
  learn: 'Learn',
};

export const goToPlace: Action[] = PLACES.map((place, i) => ({
  id: `go-to-${place}`,
  label: `Go to ${PLACE_LABELS[place]}`,
  shortcut: String(i + 1),
  enabled: () => true,
  perform: () => setFields({ place }),
}));
