/** @file Scales: where a value lies, which round numbers mark it, and curves made smoother. */

/**
 * Where sigma lies across the columns of the timeline. They are equally wide while their noise levels need not be
 * equally far apart, so sigma is placed by linear interpolation between the centres of its neighbouring columns.
 * @param sigmas noise levels of the columns, descending
 * @returns 0 (left edge) to 1 (right edge)
 */
export function sigmaPosition(sigma: number, sigmas: number[]): number {
  const n = sigmas.length;
  const centre = (i: number) => (i + 0.5) / n;
  if (n === 1) return centre(0);
  let i = 0;
  while (i < n - 2 && sigmas[i + 1] > sigma) i++;
  const part = (sigmas[i] - sigma) / (sigmas[i] - sigmas[i + 1]);
  return Math.min(Math.max(centre(i) + part / n, 0), 1);
}

/** About `count` round numbers within a range, and the decimals that tell them apart. */
export function roundTicks(low: number, high: number, count: number): { values: number[]; digits: number } {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10);
  const digits = Math.min(Math.max(-Math.floor(Math.log10(step) + 1e-9), 0), 6);
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) values.push(i === 0 ? 0 : i * step);
  return { values, digits };
}

/** A range that holds every value, with some air, never empty. */
export function paddedRange(values: number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const air = (high - low) * 0.12 || Math.abs(high) * 0.1 || 0.1;
  return [low - air, high + air];
}

/**
 * Indices of values that no line reaches: those without a neighbour, or, where a line goes on over what is missing, the
 * only one there is.
 */
export function lonePoints(values: readonly (number | null | undefined)[], bridged = false): number[] {
  const known = values.flatMap((value, i) => (value == null ? [] : [i]));
  if (bridged) return known.length === 1 ? known : [];
  return known.filter((i) => values[i - 1] == null && values[i + 1] == null);
}

/** Fewer values are drawn as they are: their average would still be at the first when the last is there. */
const FEW = 12;

/**
 * Exponential moving average without start-up bias: sums with weight `keep` per step, divided by the weights' sum. A
 * value that is missing is missing in the result and passed over in the sums. Few values are left as they are.
 */
export function smoothed(values: (number | null)[], keep = 0.8): (number | null)[] {
  if (values.filter((value) => value !== null).length < FEW) return values;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}
