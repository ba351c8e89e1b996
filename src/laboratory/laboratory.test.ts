/** @file Every method at work on the plane: it raises the reward, repeats itself, and collapses when it goes on too long. */
import { beforeAll, expect, test } from 'vitest';
import { METHODS } from '../methods';
import { Base } from './base';
import { DATA_SETS } from './data';
import { Laboratory } from './laboratory';
import { runOf } from './run';

const HILLS = { wanted: { x: 1.7, y: 0 }, unwanted: { x: -1.7, y: 0 } };
const IDS = METHODS.map(({ id }) => id);
let base: Base;

beforeAll(async () => {
  base = new Base(DATA_SETS.ring.spots, 1);
  while (!base.isTrained) await base.train();
});

const open = (method: (typeof IDS)[number], seed = 1) => new Laboratory(base, { method, seed, hills: HILLS });

test('the base draws its data: most points lie on spots, none of which is left out', async () => {
  const laboratory = open('srpo');
  const { onData, spread, step, reward } = await laboratory.measure();
  expect(step).toBe(0);
  expect(onData).toBeGreaterThan(0.75);
  expect(Math.abs(spread - 1.72)).toBeLessThan(0.2);
  expect(Math.abs(reward)).toBeLessThan(0.1);
  const points = await laboratory.samples();
  for (const spot of base.spots) {
    let near = 0;
    for (let i = 0; i < points.length; i += 2) {
      if (Math.hypot(points[i] - spot.x, points[i + 1] - spot.y) < 3 * spot.radius) near++;
    }
    expect(near / (points.length / 2)).toBeGreaterThan(0.04);
  }
});

test.each(IDS)('%s raises the mean reward within forty updates of its default options', async (id) => {
  const laboratory = open(id);
  const before = await laboratory.measure();
  let after = before;
  for (let i = 0; i < 40; i++) after = await laboratory.update();
  expect(after.step).toBe(40);
  expect(after.reward).toBeGreaterThan(before.reward + 0.15);
});

test.each(IDS)('%s: one seed, one result', async (id) => {
  const run = async (seed: number) => {
    const laboratory = open(id, seed);
    return [await laboratory.update(), await laboratory.update(), await laboratory.samples()];
  };
  const first = await run(3);
  expect(await run(3)).toEqual(first);
  expect(await run(4)).not.toEqual(first);
});

test('a run that is far too long is hacked: the reward is high and the points have become one', async () => {
  const laboratory = open('draft');
  const before = await laboratory.measure();
  let after = before;
  for (let i = 0; i < 110; i++) after = await laboratory.update();
  expect(after.reward).toBeGreaterThan(0.65);
  expect(after.spread).toBeLessThan(before.spread / 5);
});

test.each(IDS)('%s: its arrow bends the way towards the hill, and trains nothing', async (id) => {
  const laboratory = open('srpo');
  const before = await laboratory.samples();
  const points = await laboratory.samples();
  const arrows = await laboratory.arrows(id, points, new Array(points.length / 2).fill(0.4));
  let towards = 0;
  for (let i = 0; i < points.length; i += 2) {
    towards += arrows[i] * (HILLS.wanted.x - points[i]) + arrows[i + 1] * (HILLS.wanted.y - points[i + 1]);
  }
  expect(towards).toBeGreaterThan(0);
  expect(await laboratory.samples()).toEqual(before);
});

test('the hills can be moved while it trains', async () => {
  const laboratory = open('draft');
  await laboratory.update();
  laboratory.hills = { wanted: { x: -1.7, y: 0 }, unwanted: null };
  let after = await laboratory.measure();
  const { reward } = after;
  for (let i = 0; i < 40; i++) after = await laboratory.update();
  expect(after.reward).toBeGreaterThan(reward + 0.1);
});

test('a point’s way goes from its noise to its sample, in straight steps along the velocity', async () => {
  const laboratory = open('srpo');
  const way = await laboratory.trajectory(0.5, -1);
  expect([...way.slice(0, 2)]).toEqual([0.5, -1]);
  expect(way).toHaveLength(2 * laboratory.sigmas.length);
  const v = await laboratory.velocities(way.slice(4, 6), laboratory.sigmas[2]);
  const delta = laboratory.sigmas[3] - laboratory.sigmas[2];
  expect(way[6]).toBeCloseTo(way[4] + delta * v[0], 5);
  expect(way[7]).toBeCloseTo(way[5] + delta * v[1], 5);
});

test('options are checked as a run file’s are, and the batch follows the group', () => {
  const settings = { method: 'grpo', seed: 1 } as const;
  expect(runOf({ ...settings, options: { group: 7 } }).batch % 7).toBe(0);
  expect(() => runOf({ ...settings, options: { group: 2.5 } })).toThrow('The laboratory: "options.group"');
  expect(() => runOf({ ...settings, options: { k: 1 } })).toThrow('no option "k"');
});
