/** @file Which of many steps are kept, where there is room for some: the first, the newest, and others far from each other. */

/** Most timelines kept of a run. */
export const FRAMES_KEPT = 32;

/**
 * The step that goes where there are more than `most`: the one whose neighbours are closest together, never the first or
 * the last; null where all may stay.
 * @param steps ascending
 */
export function stepToDrop(steps: readonly number[], most = FRAMES_KEPT): number | null {
  if (steps.length <= most) return null;
  const gap = (at: number) => steps[at + 1] - steps[at - 1];
  let crowded = 1;
  for (let i = 2; i < steps.length - 1; i++) if (gap(i) < gap(crowded)) crowded = i;
  return steps[crowded];
}
