/**
 * @file Direct-Align: inject known noise, take one step, recover the clean picture in closed form.
 *
 *     x_s = σ_s·ε + (1 − σ_s)·x0        injection
 *     x_r = x_s + (σ_r − σ_s)·v         one step of the ODE
 *     x̂0  = (x_r − σ_r·ε) / (1 − σ_r)   recovery: the remaining noise is known
 *
 * With v* = ε − x0: x̂0 = x0 + γ·(v − v*), γ = (σ_r − σ_s)/(1 − σ_r), so dL/dv = γ·dL/dx̂0.
 * γ < 0 for denoising (σ_r < σ_s), γ > 0 for inversion.
 * (arXiv 2509.06942, section 3.1, with the 1/(1 − σ_r) of its published code.)
 */

/** How much of the velocity's error reaches the recovered picture. */
export const gamma = (sigmaS: number, sigmaR: number): number => (sigmaR - sigmaS) / (1 - sigmaR);

/** Coefficients of (ε, x0) in x_s. */
export const injectionCoefficients = (sigmaS: number): number[] => [sigmaS, 1 - sigmaS];
/** Coefficients of (x_s, v) in x_r. */
export const stepCoefficients = (sigmaS: number, sigmaR: number): number[] => [1, sigmaR - sigmaS];
/** Coefficients of (x_s, v, ε) in x̂0. */
export const recoveryCoefficients = (sigmaS: number, sigmaR: number): number[] => [
  1 / (1 - sigmaR),
  (sigmaR - sigmaS) / (1 - sigmaR),
  -sigmaR / (1 - sigmaR),
];
