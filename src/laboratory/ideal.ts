/**
 * @file The velocity that a network which had learned the data of the plane perfectly would give, in closed form:
 *
 *     v(x, σ) = E[ε − x0 | σ·ε + (1−σ)·x0 = x]
 *
 * over a mixture of round spots, each as likely as the other.
 */
import type { Spot } from './data';

/** @param sigma in (0, 1]  @throws where there is no spot */
export function idealVelocity(
  spots: readonly Spot[],
  [x, y]: readonly [number, number],
  sigma: number,
): [number, number] {
  if (spots.length === 0) throw new Error('data without a spot');
  const keeps = 1 - sigma;
  const near = spots.map((spot) => {
    const variance = (keeps * spot.radius) ** 2 + sigma ** 2;
    const [dx, dy] = [x - keeps * spot.x, y - keeps * spot.y];
    // E[x0 | x, spot]: the spot's middle, and as much of the way to x as its width explains.
    const share = (keeps * spot.radius ** 2) / variance;
    const log = -(dx * dx + dy * dy) / (2 * variance) - Math.log(variance);
    return { log, x0: [spot.x + share * dx, spot.y + share * dy] };
  });
  const most = Math.max(...near.map(({ log }) => log));
  let [total, cleanX, cleanY] = [0, 0, 0];
  for (const { log, x0 } of near) {
    const weight = Math.exp(log - most);
    total += weight;
    cleanX += weight * x0[0];
    cleanY += weight * x0[1];
  }
  const clean = [cleanX / total, cleanY / total];
  return [(x - keeps * clean[0]) / sigma - clean[0], (y - keeps * clean[1]) / sigma - clean[1]];
}
