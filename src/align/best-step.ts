/**
 * @file Which of a run's steps is the best, and when a run is to be ended because its reward is being hacked: both are read
 * off what the judge says of the sample grids.
 */
import type { JudgedGrid } from '../formats/judged';
import type { RunFile } from '../formats/run-file';

/** Things that may be named wrong more than by the base: ten points. */
const NAMED_RIGHT_LOSS = 0.1;
/** Part of the base's diversity that may be lost. */
const DIVERSITY_LOSS = 0.1;
/** Rounding of a share: ten points less exactly are within. */
const ROUNDING = 1e-9;
/** Sample grids in a row beyond the limits that end a run with `stop: "hacked"`. */
const PATIENCE = 2;

type Limited = Pick<JudgedGrid, 'namedRight' | 'diversity' | 'gauge'>;

/**
 * Whether a grid has kept its things and its variety, and looks like real pictures. What is not known passes.
 * @param outside gauge at most
 */
export function isWithinLimits(grid: Limited, base: Limited, outside = 0): boolean {
  const atLeast = (value: number | null, least: number | null) =>
    value === null || least === null || value >= least - ROUNDING;
  return (
    atLeast(grid.namedRight, base.namedRight === null ? null : base.namedRight - NAMED_RIGHT_LOSS) &&
    atLeast(grid.diversity, base.diversity === null ? null : base.diversity * (1 - DIVERSITY_LOSS)) &&
    (grid.gauge === null || grid.gauge <= outside)
  );
}

/**
 * Of the steps whose LoRA is kept, the one within the limits with the most of the wanted style, the earliest of equal
 * ones; 0 where none is within.
 *
 * @param grids in the order of their steps
 * @returns null where step 0 was not judged, so that there is nothing to compare with
 */
export function bestStep(grids: readonly JudgedGrid[], isKept: (step: number) => boolean): number | null {
  const base = grids.find(({ step }) => step === 0);
  if (!base) return null;
  let best: JudgedGrid | null = null;
  for (const grid of grids) {
    if (grid.step === 0 || grid.wanted === null || !isKept(grid.step) || !isWithinLimits(grid, base)) continue;
    if (!best || grid.wanted > best.wanted!) best = grid;
  }
  return best?.step ?? 0;
}

/**
 * Whether the last two grids are beyond the limits. Where the base itself lies outside real pictures of the wanted style,
 * as one that hardly draws it does, only what lies further outside than it is hacked.
 *
 * @param grids in the order of their steps
 */
export function isHacked(grids: readonly JudgedGrid[]): boolean {
  const base = grids.find(({ step }) => step === 0);
  const last = grids.filter(({ step }) => step > 0).slice(-PATIENCE);
  return (
    base !== undefined && last.length === PATIENCE && last.every((grid) => !isWithinLimits(grid, base, base.gauge ?? 0))
  );
}

/** The best of the steps that a run has kept after `step` updates: one every so many, and the last. */
export function bestOf(
  { keepEvery, steps }: Pick<RunFile, 'keepEvery' | 'steps'>,
  judged: readonly JudgedGrid[],
  step: number,
): number | null {
  const here = judged.filter((grid) => grid.step <= step);
  return bestStep(here, (at) => at % keepEvery === 0 || at >= steps);
}

/** Whether a run's `stop` has ended it after `step` updates. @param judged in the order of their steps */
export function isStopped(run: Pick<RunFile, 'stop'>, judged: readonly JudgedGrid[], step: number): boolean {
  return run.stop === 'hacked' && isHacked(judged.filter((grid) => grid.step <= step));
}
