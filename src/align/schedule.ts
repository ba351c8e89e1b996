/**
 * @file Noise levels: the sampler's, and the training table with the pair of levels of each branch.
 */

import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';

/** Static shift of rectified flow: S(t) = s·t / (1 + (s − 1)·t). */
export const shiftSigma = (t: number, s: number): number => (s * t) / (1 + (s - 1) * t);

/** steps + 1 sigmas from 1 to 0: shift(linspace(1, 0, steps + 1)). */
export function samplerSigmas(steps: number, shift: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => shiftSigma(1 - i / steps, shift));
}

/** Entry i of linspace(from, to, count). */
export const linspace = (from: number, to: number, count: number, i: number): number =>
  count === 1 ? from : from + ((to - from) * i) / (count - 1);

/** The noise levels of one branch. */
export interface BranchLevels {
  /** Noise is injected, and the velocity evaluated, here. */
  sigmaS: number;
  /** The clean picture is recovered from here. */
  sigmaR: number;
  /** Weight of the wanted (denoise) or unwanted (inversion) words: 1 + kappa. */
  kappa: number;
}

export interface AlignmentLevels {
  /** Index m into the table; 0 is the least noise. */
  index: number;
  denoise: BranchLevels;
  inversion: BranchLevels;
}

/** Margins at both ends of the table from which no m is drawn. */
export const TABLE_MARGIN = 5;

/**
 * Both branches' levels at table index m: k = min(step, count − 1 − m, m); denoise from S[m+k] to S[m],
 * inversion from S[m−k] to S[m].
 * @throws UserError where m is outside the table
 */
export function alignmentLevels(run: RunFile, m: number): AlignmentLevels {
  const { sigmaMin, sigmaMax, count, step } = run.timesteps;
  if (!Number.isInteger(m) || m < 0 || m >= count) {
    throw new UserError(
      `The sigma index is ${m}, expected a whole number from 0 to ${count - 1} ("timesteps.count" − 1).`,
    );
  }
  const sigma = (i: number) => linspace(sigmaMin, sigmaMax, count, i);
  if (sigma(m) >= 1) {
    throw new UserError(`The sigma index ${m} has sigma 1, where nothing can be recovered: choose a smaller one.`);
  }
  const { kappaDenoise, kappaInversion } = run.reward;
  const k = Math.min(step, count - 1 - m, m);
  const high = Math.min(m + k, count - 1);
  const low = Math.max(m - k, 0);
  return {
    index: m,
    denoise: { sigmaS: sigma(high), sigmaR: sigma(m), kappa: linspace(kappaDenoise[0], kappaDenoise[1], count, m) },
    inversion: {
      sigmaS: sigma(low),
      sigmaR: sigma(m),
      kappa: linspace(kappaInversion[0], kappaInversion[1], count, low),
    },
  };
}
