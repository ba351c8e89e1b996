/**
 * @file `node scripts/lessons.mjs [words | cost | measured | runs | own]`: the data of lessons that is counted, drawn and trained ahead, in
 * src/studio/lessons/data.
 */
import { readFileSync, writeFileSync } from 'node:fs';
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
import { measuredIn } from './measured';
import { runsData } from './runs';
import { wordsData } from './words';

/** Pictures with each word, and without, by which it is told how well a reward sees it. */
const PERCEIVED = 8;

const DATA = `${projectRoot}/src/studio/lessons/data`;
/** Pictures of the sample set that are shown. */
const OWN = [
  'robot',
  'octopus',
  'birthday-cake',
  'cactus',
  'sailboat',
  'snowman',
  'crown',
  'guitar',
  'mushroom',
  'penguin',
  'locomotive',
  'ice-cream',
];
const ACROSS = 6;

const write = (name: string, data: unknown) => writeFileSync(`${DATA}/${name}.json`, `${JSON.stringify(data)}\n`);

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
  async measured() {
    write('measured', measuredIn(readFileSync(`${projectRoot}/docs/METHODS.md`, 'utf8')));
  },
  async own() {
    const folder = `${projectRoot}/public/pictures/3d-render`;
    const lines = readFileSync(`${folder}/metadata.jsonl`, 'utf8').trim().split('\n');
    const captions = new Map(lines.map((line) => JSON.parse(line)).map(({ file_name, text }) => [file_name, text]));
    const files = OWN.map((name) => `${name}.webp`);
    const parts = files.map((file, i) => ({
      input: `${folder}/${file}`,
      ...{ left: 128 * (i % ACROSS), top: 128 * Math.floor(i / ACROSS) },
    }));
    await sharp({ create: { width: 128 * ACROSS, height: 256, channels: 3, background: '#fff' } })
      .composite(parts)
      .webp({ quality: 88 })
      .toFile(`${DATA}/own-pictures.webp`);
    write('own-pictures', { captions: files.map((file) => captions.get(file)) });
  },
  async words() {
    const pipeline = await openPipeline(await openCheckedModel(undefined));
    const { data, drawn } = await wordsData(pipeline, PERCEIVED);
    const sheet = montage([drawn.slice(0, 6), drawn.slice(6)]);
    await sharp(sheet.data, { raw: { width: sheet.width, height: sheet.height, channels: 4 } })
      .webp({ quality: 90 })
      .toFile(`${DATA}/words.webp`);
    write('words', data);
  },
};

await runMain(async () => {
  const asked = process.argv.slice(2);
  for (const name of asked.length ? asked : Object.keys(MAKERS)) await MAKERS[name]();
  return 0;
});
