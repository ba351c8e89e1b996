/** @file `studio perceive`: whether a reward sees control words, before a run is spent on them. */
import { Artist } from '../align/artist';
import { UserError } from '../errors';
import { type Perceived, Perception, WEAK, warningOf } from '../evaluate/perceive';
import { openReward } from '../rewards';
import { escapeText } from '../shown';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { openCheckedModel } from './inputs';
import { message, print, showProgress } from './terminal';
import { COMMON_FLAGS, type Verb } from './verb';

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
  steps: { kind: 'integer', value: 'N', help: 'Euler steps (default 12)', min: 1, max: 1000 },
  guidance: { kind: 'number', value: 'G', help: 'guidance (default 3.5)', min: 0, max: 100 },
  ...COMMON_FLAGS,
} as const;

export const perceive: Verb = {
  name: 'perceive',
  does: 'say how well a reward sees control words',
  usage: '--reward NAME --word WORD… [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.reward === undefined) throw new UserError('perceive needs --reward NAME.');
    if (!f.word?.length) throw new UserError('perceive needs --word WORD.');
    const against = f.against ?? [];
    for (const word of [...f.word, ...against]) {
      if (word.trim() === '') throw new UserError('--word and --against take no empty word.');
      if (f.word.includes(word) && against.includes(word)) {
        throw new UserError(`"${escapeText(word)}" is given to --word and to --against.`);
      }
    }
    const model = await openCheckedModel(f.bundle);
    Perception.check(await openReward(model.bundle, f.reward));
    const pipeline = await openPipeline(model, f.adapter);
    const started = performance.now();
    const artist = new Artist(pipeline, null);
    const perception = await Perception.open(pipeline, artist, f.reward, {
      pictures: f.pictures ?? 16,
      steps: f.steps ?? 12,
      guidance: f.guidance ?? 3.5,
      onProgress: (done, total) =>
        showProgress({
          label: 'perceive',
          step: Math.floor(done),
          total,
          seconds: (performance.now() - started) / 1000,
        }),
    });
    const seen: Perceived[] = [];
    for (const word of f.word) seen.push(await perception.see(word, against));
    print(table(seen));
    for (const weak of seen.filter(({ area }) => area < WEAK)) {
      message(warningOf(weak, f.reward, await perception.stronger(weak.word, f.word, against)));
    }
    perception.destroy();
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
