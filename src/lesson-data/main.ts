/**
 * @file `node scripts/lessons.mjs [words | cost | runs]`: the data of lessons that is counted, drawn and trained ahead, in
 * src/studio/lessons/data and public/lessons.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { PRESET } from '../align/preset';
import { openPipeline } from '../cli/device';
import { openCheckedModel, projectRoot } from '../cli/inputs';
import { runMain } from '../cli/terminal';
import { layoutOf } from '../lora/layout';
import { parseRunFile } from '../methods/run-file';
import { RewardMixture } from '../rewards/mixture';
import { montage } from '../sheets/montage';
import { costOfChain, flopsOfCall } from './cost';
import { runsData } from './runs';
import { wordsData } from './words';

/** Pictures with each word, and without, by which it is told how well a reward sees it. */
const PERCEIVED = 8;

const write = (name: string, data: unknown) =>
  writeFileSync(`${projectRoot}/src/studio/lessons/data/${name}.json`, `${JSON.stringify(data)}\n`);

const MAKERS: Record<string, () => Promise<void>> = {
  async cost() {
    const model = await openCheckedModel(undefined);
    const run = parseRunFile({ version: 1, prompts: ['owl'], lora: PRESET.lora }, 'The lesson');
    const parts = {
      model,
      lora: layoutOf(run, model.linears),
      rewards: await RewardMixture.open(model.bundle, 'clip'),
    };
    const { steps } = run.rollout;
    const of = (calls: number) => ({ calls, ...costOfChain(parts, calls, steps) });
    write('cost', { steps, forward: flopsOfCall(model, parts.lora), chains: [1, 2, 4, 8].map(of) });
  },
  async runs() {
    write('runs', await runsData());
  },
  async words() {
    const pipeline = await openPipeline(await openCheckedModel(undefined));
    const { data, drawn } = await wordsData(pipeline, PERCEIVED);
    const sheet = montage([drawn.slice(0, 6), drawn.slice(6)]);
    mkdirSync(`${projectRoot}/public/lessons`, { recursive: true });
    await sharp(sheet.data, { raw: { width: sheet.width, height: sheet.height, channels: 4 } })
      .webp({ quality: 90 })
      .toFile(`${projectRoot}/public/lessons/words.webp`);
    write('words', data);
  },
};

await runMain(async () => {
  const asked = process.argv.slice(2);
  for (const name of asked.length ? asked : Object.keys(MAKERS)) await MAKERS[name]();
  return 0;
});
