/** @file The data that lessons ship is what its makers make. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openModel } from '../align/model';
import { PRESET } from '../align/preset';
import { dirSource } from '../formats/dir-source';
import { layoutOf } from '../lora/layout';
import { openBundle } from '../models/bundle';
import { RewardMixture } from '../rewards/mixture';
import { costOfChain } from './cost';
import { measuredIn } from './measured';
import { RECIPES, statesOf, trainedBase } from './runs';

const shipped = (name: string) => JSON.parse(readFileSync(`src/studio/lessons/data/${name}.json`, 'utf8'));

test('measured numbers are those of docs/METHODS.md', () => {
  expect(shipped('measured')).toEqual(measuredIn(readFileSync('docs/METHODS.md', 'utf8')));
  expect(() => measuredIn('| method | seconds |\n| draft |')).toThrow('docs/METHODS.md has no row');
});

test('the four runs are made by their recipes', async () => {
  const runs: { id: string; states: unknown[] }[] = shipped('runs');
  expect(runs.map(({ id, states }) => [id, states.length])).toEqual(RECIPES.map(({ id, steps }) => [id, steps.length]));
  const base = await trainedBase();
  for (const [i, recipe] of RECIPES.entries()) {
    const states = await statesOf(base, recipe, 5);
    expect(states).toEqual(runs[i].states.slice(0, states.length));
  }
});

test('each further step of a chain keeps as much again, and costs as much', async () => {
  const model = await openModel(await openBundle(dirSource('public/bundles/nano')));
  const parts = {
    model,
    lora: layoutOf({ ...PRESET, lora: { ...PRESET.lora, targets: ['attn.to_q'] } }, model.linears),
    rewards: await RewardMixture.open(model.bundle, 'clip'),
  };
  const [one, two, three] = [1, 2, 3].map((calls) => costOfChain(parts, calls, 12));
  expect(two.bytes).toBeGreaterThan(one.bytes);
  expect(three.bytes - two.bytes).toBe(two.bytes - one.bytes);
  expect(three.flops - two.flops).toBe(two.flops - one.flops);
});
