/** @file perception.json of mini-flux: it is of this base, says something of every word, and its numbers come out again. */
import { beforeAll, expect, it } from 'vitest';
import { Artist } from '../align/artist';
import { Pipeline } from '../align/pipeline';
import { RewardScorer } from '../align/reward-scorer';
import { openForTest } from '../align/testing';
import { testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import type { PerceptionFile } from '../formats/perception';
import { Tuner } from '../gpu/tuner';
import { type Bundle, openBundle } from '../models/bundle';
import { heldOutWords } from './held-out';
import { pairOf, separation, WEAK } from './measures/separation';
import { Perception } from './perceive';

const MINI_FLUX = 'public/bundles/mini-flux';
let bundle: Bundle;
let file: PerceptionFile;
beforeAll(async () => {
  bundle = await openBundle(dirSource(MINI_FLUX));
  const read = await bundle.readPerception();
  // null where it is of another base.
  expect(read).not.toBeNull();
  file = read!;
});

it('has scores of every control word by every reward that reads text, and a stronger word with its pair for weak ones', async () => {
  expect(file.things).toEqual(await heldOutWords(bundle, [], file.things.length));
  expect(Object.keys(file.rewards)).toEqual(['clip', 'preference']);
  const known = (await bundle.readStyles()).flat();
  for (const { words, stronger } of Object.values(file.rewards)) {
    const areaOf = (word: string) => separation(words[word].with, words[word].without).area;
    expect(known.filter((word) => areaOf(word) < WEAK)).toEqual(Object.keys(stronger));
    for (const [weak, strong] of Object.entries(stronger)) {
      if (strong === null) continue;
      expect(areaOf(strong)).toBeGreaterThanOrEqual(WEAK);
      expect(words).toHaveProperty([pairOf(strong, weak)]);
    }
  }
});

it('holds what comes out when a picture with a word and one without are drawn again', async () => {
  const { model, text } = await openForTest(MINI_FLUX);
  const pipeline = new Pipeline(await testGpu(), model, text, new Tuner({}, false));
  const artist = new Artist(pipeline, null);
  const scorer = await RewardScorer.create(pipeline, Object.keys(file.rewards), 1);
  const { steps, guidance } = file;
  // The first thing alone, from the same noise.
  const perception = await Perception.open({ bundle, artist, scorer }, { pictures: 1, steps, guidance });
  expect(perception.things).toEqual([file.things[0]]);
  for (const reward of scorer.rewards) {
    const { with: drawn, without } = file.rewards[reward.name].words['pencil sketch'];
    const again = await perception.scores(reward, 'pencil sketch');
    expect(again.with[0]).toBeCloseTo(drawn[0], 2);
    expect(again.without[0]).toBeCloseTo(without[0], 2);
  }
  scorer.destroy();
  artist.destroy();
  pipeline.destroy();
  await text.dispose();
});
