/**
 * @file The sampler's noise levels.
 */

/** Static shift of rectified flow: S(t) = s·t / (1 + (s − 1)·t). */
export const shiftSigma = (t: number, s: number): number => (s * t) / (1 + (s - 1) * t);

/** steps + 1 sigmas from 1 to 0: shift(linspace(1, 0, steps + 1)). */
export function samplerSigmas(steps: number, shift: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => shiftSigma(1 - i / steps, shift));
}

/** Entry i of linspace(from, to, count). */
export const linspace = (from: number, to: number, count: number, i: number): number =>
  count === 1 ? from : from + ((to - from) * i) / (count - 1);
