/**
 * @file What the rewards say of twelve pictures of the base, word by word, and how well they see each word at all.
 */
import { Artist } from '../align/artist';
import { type FloatPicture, toRgba } from '../align/picture';
import type { Pipeline } from '../align/pipeline';
import { RewardScorer } from '../align/reward-scorer';
import { Perception } from '../evaluate/perceive';
import { textOf } from '../methods/reward-form';

/** Two things in six styles. */
const THINGS = ['owl', 'rocket'];
const DRAWN = ['3d render', 'pixel art', 'neon sign', 'pencil sketch', 'vintage sepia photo', 'flat design'];
/** Words that can be chosen; the base was never taught the last ones. */
const WORDS = [...DRAWN, 'sticker', 'cartoon', 'black and white icon', 'Cyberpunk', 'masterpiece'];
const REWARDS = ['clip', 'preference'] as const;
const [STEPS, GUIDANCE] = [12, 3.5];

export interface WordsData {
  words: string[];
  /** Twelve; their order is that of the sheet. */
  pictures: { thing: string; style: string }[];
  /** By reward: f·C(“word. thing”) of each picture, [picture][word], in thousandths. */
  scores: Record<string, number[][]>;
  /** How often a picture drawn with the word scores above one drawn without it, [word]; .5 is chance. */
  seen: number[];
}

export async function wordsData(
  pipeline: Pipeline,
  pictures: number,
): Promise<{ data: WordsData; drawn: FloatPicture[] }> {
  const artist = new Artist(pipeline, null);
  const list = THINGS.flatMap((thing) => DRAWN.map((style) => ({ thing, style })));
  const drawing = {
    pictures: list.map(({ thing, style }, i) => ({ prompt: textOf(thing, style), seed: 20 + i })),
    ...{ steps: STEPS, guidance: GUIDANCE },
  };
  const drawn: FloatPicture[] = [];
  while (drawn.length < list.length) drawn.push(...(await artist.pictures(drawing, drawn.length, () => {}, 4)));
  // As the page will show them: in bytes.
  const shown = drawn.map((picture) => {
    const rgba = toRgba(picture);
    return { ...picture, data: picture.data.map((_, i) => rgba[4 * Math.floor(i / 3) + (i % 3)] / 255) };
  });
  const scorer = await RewardScorer.create(pipeline, REWARDS);
  const embedded = await scorer.embed(shown);
  const scores: WordsData['scores'] = {};
  for (const reward of scorer.rewards) {
    scores[reward.name] = [];
    for (const [i, { thing }] of list.entries()) {
      const row: number[] = [];
      for (const word of WORDS) {
        row.push(Math.round(1000 * (await scorer.score(embedded[i], reward, textOf(thing, word)))));
      }
      scores[reward.name].push(row);
    }
  }
  const { bundle } = pipeline.model;
  const perception = await Perception.open({ bundle, artist, scorer }, { pictures, steps: STEPS, guidance: GUIDANCE });
  const seen: number[] = [];
  for (const word of WORDS) {
    const { area } = await perception.see(scorer.rewards[0], word);
    seen.push(Math.round(100 * area) / 100);
  }
  scorer.destroy();
  artist.destroy();
  return { data: { words: WORDS, pictures: list, scores, seen }, drawn };
}
