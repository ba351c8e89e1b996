import { expect, test } from 'vitest';
import { randomArray } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import { input, reachable, type Value, weightOp } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { type Bundle, openBundle } from '../models/bundle';
import { aesthetic } from './aesthetic';

/** nano's head, on another range. */
async function openHead(bundle: Bundle, range: [number, number] = [0, 10]) {
  const folder = await bundle.rewardFolder('aesthetic');
  return aesthetic.open({ ...folder, config: { backbone: 'clip', range } }, bundle);
}

/** The rewards of three embeddings, with nano's head on a range and the row factors 1, 1 and −1. */
async function scores(range: [number, number]): Promise<number[]> {
  const bundle = await openBundle(dirSource('public/bundles/nano'));
  const reward = await openHead(bundle, range);
  const { projection } = reward.tower;
  const features = input('features', [3, projection]);
  const r = reward.trace(features);
  const leaves = new Map<Value, ArrayLike<number>>([[features, randomArray(3 * projection)]]);
  for (const value of reachable([r])) {
    if (value.op === weightOp) {
      const { data } = await reward.scopes[0].tensors.readFloat32(value.attrs.name.slice('rewards/aesthetic/'.length));
      leaves.set(value, data);
    }
    if (value.attrs?.name === 'reward.aesthetic.factor') leaves.set(value, [1, 1, -1]);
  }
  return [...interpret([r], leaves)[0]];
}

test('a score becomes 0 at the lowest and 1 at the highest of the range that the head names', async () => {
  const score = (await scores([0, 1])).map((r, i) => (i === 2 ? -r : r));
  expect(new Set(score).size).toBe(3);
  for (const [lowest, highest] of [
    [0, 10],
    [0, 5],
    [1, 10],
    [-2, 2],
  ] as const) {
    const r = await scores([lowest, highest]);
    const expected = score.map((s, i) => (i === 2 ? -1 : 1) * ((s - lowest) / (highest - lowest)));
    for (const [i, value] of r.entries()) expect(value, `${lowest} … ${highest}, row ${i}`).toBeCloseTo(expected[i], 6);
  }
});

test('a row is the picture alone: 1 + κ where it is wanted, −1 in the inversion branch', async () => {
  const bundle = await openBundle(dirSource('public/bundles/nano'));
  const reward = await openHead(bundle);
  const row = (wordless: number) => reward.row({ prompt: 'cat', texts: [], wordless }, () => new Float32Array());
  expect(row(1.25)).toEqual({ 'reward.aesthetic.factor': Float32Array.of(1.25) });
  expect(reward.text).toBeNull();
});
