/**
 * @file Whether the saturation of the pictures being trained on says that the reward is being hacked: it lies outside of
 * what real pictures of the wanted style have, and further outside than when the run began.
 */
import { outside } from '../../evaluate/measures/gauge';
import { wantedStyles } from '../../evaluate/measures/styles';
import type { BundleInfo } from '../../worker/protocol';

/** Updates whose mean is shown and compared: a single one has few pictures. */
export const UPDATES = 4;

/** 5th and 95th percentile. */
export type Band = BundleInfo['saturations'][number];

export interface SaturationNow {
  /** Mean of the last updates, which the verdict is about. */
  now: number;
  /** Of real pictures of the wanted style, of several the nearest; null where the words mean none that was measured. */
  band: Band | null;
  /** `early`: too few updates to say anything. */
  verdict: 'none' | 'early' | 'inside' | 'as-at-the-start' | 'above' | 'below';
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Bands of the styles that the words mean. */
export function bandsOf(
  words: readonly string[],
  { styles, saturations }: Pick<BundleInfo, 'styles' | 'saturations'>,
): Band[] {
  if (saturations.length !== styles.length) return [];
  const named = styles.map((of, i) => ({ id: String(i), words: of }));
  return wantedStyles({ styles: named }, words).map((id) => saturations[Number(id)]);
}

/** @param values saturation of every update up to the one that is looked at, at least one @param bands of the wanted styles */
export function saturationNow(values: readonly number[], bands: readonly Band[]): SaturationNow {
  const now = mean(values.slice(-UPDATES));
  if (bands.length === 0) return { now, band: null, verdict: 'none' };
  const band = bands.reduce((best, other) => (outside(now, other) < outside(now, best) ? other : best));
  if (outside(now, band) === 0) return { now, band, verdict: 'inside' };
  if (values.length < 2 * UPDATES) return { now, band, verdict: 'early' };
  if (outside(now, band) <= outside(mean(values.slice(0, UPDATES)), band)) {
    return { now, band, verdict: 'as-at-the-start' };
  }
  return { now, band, verdict: now > band.p95 ? 'above' : 'below' };
}
