/** @file The perfect network's velocity, against an average over drawn pairs of data and noise. */
import { expect, test } from 'vitest';
import { Random } from '../align/random';
import { DATA_SETS, pointsOf } from './data';
import { idealVelocity } from './ideal';

test('it is the mean of ε − x0 over the pairs that meet at a point', () => {
  const { spots } = DATA_SETS.moons;
  const random = Random.stream(5, 'updates');
  const n = 400_000;
  const x0 = pointsOf(spots, n, random);
  const noise = random.normals(2 * n);
  const sigma = 0.6;
  const at: [number, number] = [0.5, 0.3];
  const sum = [0, 0, 0];
  for (let i = 0; i < 2 * n; i += 2) {
    const [x, y] = [0, 1].map((c) => sigma * noise[i + c] + (1 - sigma) * x0[i + c]);
    if (Math.hypot(x - at[0], y - at[1]) > 0.06) continue;
    sum[0] += noise[i] - x0[i];
    sum[1] += noise[i + 1] - x0[i + 1];
    sum[2]++;
  }
  expect(sum[2]).toBeGreaterThan(500);
  const v = idealVelocity(spots, at, sigma);
  expect(Math.abs(v[0] - sum[0] / sum[2])).toBeLessThan(0.12);
  expect(Math.abs(v[1] - sum[1] / sum[2])).toBeLessThan(0.12);
});

test('of a single point it leads straight back to it, from anywhere', () => {
  const v = idealVelocity([{ x: 1, y: -2, radius: 0 }], [0.4, 0.7], 0.5);
  expect([0.4 - 0.5 * v[0], 0.7 - 0.5 * v[1]]).toEqual([expect.closeTo(1), expect.closeTo(-2)]);
});
