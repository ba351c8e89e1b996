/** @file What a set of points on the plane is measured by. */
import type { Spot } from './data';
import { type Hills, rewardAt } from './hills';

export interface Measures {
  /** Mean reward without κ, −1 to 1. */
  reward: number;
  /** Root of the mean square distance from their mean: near 0 where all have become one. */
  spread: number;
  /** Share of points within three radii of a spot of the data, 0 to 1. */
  onData: number;
}

/** @param points [n, 2] */
export function measure(points: Float32Array, spots: readonly Spot[], hills: Hills): Measures {
  const n = points.length / 2;
  let [reward, onData, meanX, meanY, square] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    reward += rewardAt(hills, x, y) / n;
    meanX += x / n;
    meanY += y / n;
    square += (x * x + y * y) / n;
    if (spots.some((spot) => (x - spot.x) ** 2 + (y - spot.y) ** 2 < (3 * spot.radius) ** 2)) onData += 1 / n;
  }
  return { reward, spread: Math.sqrt(Math.max(0, square - meanX ** 2 - meanY ** 2)), onData };
}

/**
 * Density of points on a square grid of `cells`² over −reach … reach, rows from the top: a Gaussian of this width at each.
 */
export function densityOf(points: Float32Array, cells: number, reach: number, width = 0.17): Float32Array<ArrayBuffer> {
  const out = new Float32Array(cells * cells);
  const size = (2 * reach) / cells;
  const n = points.length / 2;
  const near = Math.ceil((3 * width) / size);
  for (let i = 0; i < n; i++) {
    const column = (points[2 * i] + reach) / size - 0.5;
    const row = (reach - points[2 * i + 1]) / size - 0.5;
    const [c0, r0] = [Math.round(column), Math.round(row)];
    const along = (at: number, middle: number) => Math.exp(-0.5 * (((at - middle) * size) / width) ** 2);
    for (let r = Math.max(0, r0 - near); r <= Math.min(cells - 1, r0 + near); r++) {
      const vertical = along(r, row) / n;
      for (let c = Math.max(0, c0 - near); c <= Math.min(cells - 1, c0 + near); c++) {
        out[r * cells + c] += vertical * along(c, column);
      }
    }
  }
  return out;
}
