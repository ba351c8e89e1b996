/** @file `studio perceive`: whether a reward sees control words, before a run is spent on them. */
import { dirname } from 'node:path';
import { Artist } from '../align/artist';
import { RewardScorer } from '../align/reward-scorer';
import { UserError } from '../errors';
import { WEAK } from '../evaluate/measures/separation';
import { type Perceived, Perception, warningOf } from '../evaluate/perceive';
import { openReward } from '../rewards';
import { escapeText } from '../shown';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { DEFAULT_BUNDLE, openCheckedModel } from './inputs';
import { openFolder, refuseExistingFile, refuseInside, writeAtomic } from './results';
import { message, print, showProgress } from './terminal';
import { COMMON_FLAGS, DRAWING, drawingFlags, FORCE_FLAG, REWARD_FLAG, type Verb } from './verb';

const flags = {
  reward: { kind: 'text', value: 'NAME', help: 'a reward of the bundle that reads text' },
  word: { kind: 'texts', value: 'WORD…', help: 'control words; one or more, may repeat' },
  against: { kind: 'texts', value: 'WORD…', help: 'words to tell them from (default: the thing alone)' },
  pictures: {
    kind: 'integer',
    value: 'N',
    help: 'pictures with each word, and without (default 16)',
    min: 2,
    max: 1000,
  },
  ...drawingFlags(),
  out: {
    kind: 'text',
    value: 'FILE',
    help: "JSON file of the scores, a bundle's perception.json; without --reward and --word of all of the bundle's",
  },
  ...REWARD_FLAG,
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

export const perceive: Verb = {
  name: 'perceive',
  does: 'say how well a reward sees control words',
  usage: '[--reward NAME --word WORD…] [--out FILE] [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    // All that the bundle has, for a file.
    const all = f.out !== undefined && f.reward === undefined && f.word === undefined;
    if (!all && f.reward === undefined) throw new UserError('perceive needs --reward NAME.');
    if (!all && !f.word?.length) throw new UserError('perceive needs --word WORD.');
    const against = f.against ?? [];
    if (f.out !== undefined && against.length > 0) throw new UserError('--out and --against exclude each other.');
    for (const word of [...(f.word ?? []), ...against]) {
      if (word.trim() === '') throw new UserError('--word and --against take no empty word.');
      if (f.word?.includes(word) && against.includes(word)) {
        throw new UserError(`"${escapeText(word)}" is given to --word and to --against.`);
      }
    }
    if (f.out !== undefined) {
      refuseExistingFile(f.out, !!f.force);
      refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    }
    const model = await openCheckedModel(f.bundle, f);
    const { bundle } = model;
    const names = f.reward === undefined ? bundle.rewards : [f.reward];
    if (f.reward !== undefined) Perception.check(await openReward(bundle, f.reward));
    const words = f.word ?? (await bundle.readStyles()).flat();
    if (words.length === 0) throw new UserError(`Bundle ${bundle.name} names no control words: give them with --word.`);
    const pipeline = await openPipeline(model, f.adapter);
    if (f.out !== undefined) openFolder(dirname(f.out));
    const started = performance.now();
    const artist = new Artist(pipeline, null);
    const scorer = await RewardScorer.create(pipeline, names);
    const perception = await Perception.open(
      { bundle, artist, scorer },
      {
        pictures: f.pictures ?? 16,
        steps: f.steps ?? DRAWING.steps,
        guidance: f.guidance ?? DRAWING.guidance,
        onProgress: (done, total, word) =>
          showProgress({
            label: word === null ? 'perceive' : `perceive ${escapeText(word)}`,
            step: Math.floor(done),
            total,
            seconds: (performance.now() - started) / 1000,
          }),
      },
    );
    for (const reward of scorer.rewards.filter(({ text }) => text)) {
      if (names.length > 1) print(`${escapeText(reward.name)}\n`);
      const seen: Perceived[] = [];
      for (const word of words) seen.push(await perception.see(reward, word, against));
      print(table(seen));
      for (const weak of seen.filter(({ area }) => area < WEAK)) {
        message(warningOf(weak, reward.name, await perception.stronger(reward, weak.word, f.word, against)));
      }
    }
    if (f.out !== undefined) {
      const file = await perception.file(words, pipeline.gpu.description.name);
      writeAtomic(f.out, `${JSON.stringify(file)}\n`);
      print(`${f.out}\n`);
    }
    scorer.destroy();
    artist.destroy();
    return 0;
  },
};

function table(seen: readonly Perceived[]): string {
  const rows = [
    ['word', 'area under the curve', 'margin in spreads'],
    ...seen.map(({ word, area, margin }) => [escapeText(word), area.toFixed(3), margin?.toFixed(2) ?? '–']),
  ];
  const width = Math.max(...rows.map(([word]) => word.length));
  return rows.map(([word, area, margin]) => `${word.padEnd(width)}  ${area.padEnd(20)}  ${margin}\n`).join('');
}
