/**
 * @file The table of noise levels that Direct-Align trains at, and the pair of levels of each branch.
 */
import { UserError } from '../../errors';
import type { RunFile } from '../../formats/run-file';
import { linspace } from '../sigmas';

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

/** Δσ of a run: its index step in units of sigma. */
export const sigmaStep = ({ timesteps: { sigmaMin, sigmaMax, count, step } }: RunFile): number =>
  ((sigmaMax - sigmaMin) * step) / (count - 1);

/** κ of the denoise branch at σ_r, clamped at its ends outside the trained interval. */
export function kappaAt(run: RunFile, sigma: number): number {
  const { sigmaMin, sigmaMax } = run.timesteps;
  const t = Math.min(1, Math.max(0, (sigma - sigmaMin) / (sigmaMax - sigmaMin)));
  return linspace(run.reward.kappaDenoise[0], run.reward.kappaDenoise[1], 2, t);
}
