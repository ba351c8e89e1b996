/**
 * @file One stochastic step of the rollout: x' = μ + g·√(−Δ)·z with μ = mean_x·x + mean_v·v.
 *
 * flow (Flow-GRPO, arXiv 2505.05470): g = η·√(σ/(1−σ')), σ' = σ, but σ_1 where σ = 1;
 * dance (DanceGRPO, arXiv 2505.07818): g = η, μ = x + vΔ − ½g²sΔ with the score s = −(x − (1−σ)(x − σv))/σ².
 * Written out, both have
 *
 *     μ = x·(1 + g²Δ/(2σ)) + v·(1 + g²(1−σ)/(2σ))·Δ
 */

export const SDES = ['flow', 'dance'] as const;
export type Sde = (typeof SDES)[number];

export interface Transition {
  /** Coefficient of x in μ. */
  x: number;
  /** Coefficient of v in μ. */
  v: number;
  /** Diffusion g. */
  g: number;
  /** Standard deviation g·√(−Δ) of x'. */
  deviation: number;
}

/** Step i over the grid σ_0 = 1 > … > σ_N = 0; i < N − 1. */
export function transition(sde: Sde, eta: number, sigmas: readonly number[], i: number): Transition {
  const sigma = sigmas[i];
  const delta = sigmas[i + 1] - sigma;
  const g = sde === 'flow' ? eta * Math.sqrt(sigma / (1 - (sigma === 1 ? sigmas[1] : sigma))) : eta;
  return {
    x: 1 + (g ** 2 * delta) / (2 * sigma),
    v: (1 + (g ** 2 * (1 - sigma)) / (2 * sigma)) * delta,
    g,
    deviation: g * Math.sqrt(-delta),
  };
}

/** ln of a Gaussian's peak, without which a log-density is −(x'−μ)²/(2·deviation²). */
export const logPeak = (deviation: number): number => -Math.log(deviation) - 0.5 * Math.log(2 * Math.PI);
