/**
 * @file What is measured at every update: one line of metrics.jsonl, and the record the page draws.
 */
export interface Metrics {
  /** Number of the update, from 1. */
  step: number;
  /** Index m into the table of noise levels; 0 is the least noise. */
  sigmaIndex: number;
  /** σ_r, the level both branches recover from. */
  sigma: number;
  /** Mean reward of each branch's rows; null for a branch the method lacks. */
  rewardDenoise: number;
  rewardInversion: number | null;
  lossDenoise: number;
  lossInversion: number | null;
  /** Global gradient norm before clipping. */
  gradNorm: number;
  /** Mean over the rollout's pixels of max − min over RGB. */
  saturation: number;
  positive: string;
  negative: string;
  seconds: number;
}
