/**
 * @file `studio encode`: texts through a base's text encoder, once, into an embeddings file (`models/embeddings.ts`).
 */
import { dirname } from 'node:path';
import { textsOf } from '../align/trainer';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import { writeSafetensors } from '../formats/safetensors';
import type { Bundle } from '../models/bundle';
import { openText } from '../models/open-text';
import { RewardMixture } from '../rewards/mixture';
import { parseFlags } from './args';
import { DEFAULT_BUNDLE, openCheckedModel, readRunFile } from './inputs';
import { readPictureFolder } from './picture-folder';
import { openFolder, refuseExistingFile, refuseInside, writeAtomic } from './results';
import { message, print } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, REWARD_FLAG, type Verb } from './verb';

const flags = {
  run: { kind: 'text', value: 'FILE', help: 'run file, all of whose texts are encoded' },
  prompt: { kind: 'texts', value: 'TEXT…', help: 'more texts; one or more, may repeat' },
  out: { kind: 'text', value: 'FILE', help: 'embeddings.safetensors to write' },
  ...REWARD_FLAG,
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

export const encode: Verb = {
  name: 'encode',
  does: 'encode the texts of a run once, for a base that has no text encoder beside it',
  usage: '--run FILE --out FILE [--prompt TEXT…] [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.run === undefined && f.prompt === undefined) throw new UserError('encode needs --run FILE or --prompt TEXT.');
    if (f.out === undefined) throw new UserError('encode needs --out FILE.');
    refuseExistingFile(f.out, !!f.force);
    refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    const run = f.run === undefined ? null : readRunFile(f.run);
    const { bundle } = await openCheckedModel(f.bundle, f);
    const texts = [...new Set([...(run ? await textsToEncode(run, bundle, f.run!) : []), ...(f.prompt ?? [])])];
    const text = await openText(bundle);
    const tensors: { name: string; shape: number[]; data: Float32Array }[] = [];
    try {
      for (const [i, one] of texts.entries()) {
        const { tokens, pooled, hidden, warnings } = await text.encode([one]);
        warnings.forEach(message);
        // With its padding, which the transformer attends to as well.
        tensors.push({ name: `tokens.${i}`, shape: [tokens.length / hidden, hidden], data: tokens });
        if (pooled.length > 0) tensors.push({ name: `pooled.${i}`, shape: [pooled.length], data: pooled });
      }
    } finally {
      await text.dispose();
    }
    openFolder(dirname(f.out));
    writeAtomic(f.out, writeSafetensors(tensors, { prompts: JSON.stringify(texts) }));
    print(`${f.out}: ${texts.length} texts\n`);
    return 0;
  },
};

/** Prompts, captions and samples, none where guidance compares with it, and what a reward reads with the base's encoder. */
async function textsToEncode(run: RunFile, bundle: Bundle, runFile: string): Promise<string[]> {
  const folder = run.images === null ? null : await readPictureFolder(run.images, runFile);
  const captions = folder?.files.map(({ caption }) => caption) ?? run.prompts;
  const { parts } = await RewardMixture.open(bundle, run.reward.model);
  const reads = parts.some(({ reward }) => reward.text && !reward.hasTextTower);
  const source = folder && { count: captions.length, caption: (i: number) => captions[i] };
  return [
    ...captions,
    ...run.samples.prompts,
    ...(bundle.transformer.guidance_embeds ? [] : ['']),
    ...(reads ? textsOf(run, source) : []),
  ];
}
