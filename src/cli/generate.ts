/**
 * @file `studio generate`: pictures and latents for prompts.
 */
import { join } from 'node:path';
import { picturesOf, toRgba } from '../align/picture';
import type { DeviceLora, Pipeline } from '../align/pipeline';
import { noiseOf } from '../align/random';
import { UserError } from '../errors';
import { encodePng } from '../formats/png';
import { writeSafetensors } from '../formats/safetensors';
import { layoutOfFile } from '../lora/layout';
import { atStrength } from '../lora/lora-file';
import { requireTexts } from '../models/open-text';
import { parseFlags } from './args';
import { loraOnDevice, openPipeline } from './device';
import { shownPath } from './file-errors';
import { lockFolder } from './folder-lock';
import { DEFAULT_BUNDLE, openCheckedModel, readLatents, readLoraFile, warnOfForeignLora } from './inputs';
import { refuseExisting, refuseInside, removeResults, writeAtomic } from './results';
import { print, showProgress } from './terminal';
import { COMMON_FLAGS, DRAWING, drawingFlags, FORCE_FLAG, type Verb } from './verb';

/** As in a run file. */
const MAX_SEED = 2 ** 32 - 1;

const flags = {
  prompt: { kind: 'texts', value: 'TEXT…', help: 'what to draw; one or more, may repeat' },
  out: { kind: 'text', value: 'DIR', help: 'folder for 000.png … and latents.safetensors' },
  seed: { kind: 'integer', value: 'N', help: 'picture i is drawn from noise N + i (default 0)', min: 0, max: MAX_SEED },
  ...drawingFlags(),
  lora: { kind: 'text', value: 'FILE', help: 'LoRA to draw with: a file or its folder' },
  strength: { kind: 'number', value: 'S', help: "the LoRA's weight (default 1)", min: -100, max: 100 },
  noise: { kind: 'text', value: 'FILE', help: 'tensor "noise" to start from instead of a seed' },
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

const RESULTS = [/^\d{3,}\.png$/, /^latents\.safetensors$/];
/** Pictures drawn at once. */
const ROWS = 4;

export const generate: Verb = {
  name: 'generate',
  does: 'draw pictures for prompts, with a LoRA or without',
  usage: '--prompt TEXT… --out DIR [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    const prompts = f.prompt ?? [];
    if (prompts.length === 0) throw new UserError('generate needs --prompt TEXT.');
    if (f.out === undefined) throw new UserError('generate needs --out DIR.');
    const { steps = DRAWING.steps, guidance = DRAWING.guidance, seed = 0, strength = 1 } = f;
    if (f.noise === undefined && seed + prompts.length - 1 > MAX_SEED) {
      throw new UserError(
        `--seed is ${seed}, expected at most ${MAX_SEED + 1 - prompts.length} with ${prompts.length} prompts: picture i is drawn from noise seed + i, and seeds end at ${MAX_SEED}.`,
      );
    }
    if (f.strength !== undefined && f.lora === undefined) throw new UserError('--strength needs --lora FILE.');
    refuseExisting(f.out, RESULTS, !!f.force);
    const given = f.lora === undefined ? null : atStrength(readLoraFile(f.lora), strength);
    refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    const model = await openCheckedModel(f.bundle, f);
    requireTexts(model.bundle, prompts);
    const layout = given && layoutOfFile(given.file, model.linears, given.name);
    const noise = f.noise === undefined ? null : readLatents(f.noise, 'noise', model);
    if (noise && noise.n !== prompts.length) {
      throw new UserError(
        `${shownPath(f.noise!)} holds ${noise.n} pictures of noise, expected ${prompts.length}: one for each prompt.`,
      );
    }
    await warnOfForeignLora(given, model.bundle);
    const pipeline = await openPipeline(model, f.adapter);
    const release = await lockFolder(f.out);
    try {
      // Another process may have drawn here while this one checked its input.
      refuseExisting(f.out, RESULTS, !!f.force);
      removeResults(f.out, RESULTS);
      const lora = given && layout && loraOnDevice(pipeline, layout, given);
      const drawn = await draw(pipeline, lora, { noise: noise?.data ?? seed, prompts, steps, guidance }, f.out);
      const { bundle } = model;
      const shape = [prompts.length, bundle.imageTokens, bundle.transformer.in_channels];
      writeAtomic(join(f.out, 'latents.safetensors'), writeSafetensors([{ name: 'latents', shape, data: drawn }]));
    } finally {
      release();
    }
    print(`${f.out}\n`);
    return 0;
  },
};

interface Drawing {
  /** Of all pictures, or the seed of the first. */
  noise: Float32Array | number;
  prompts: readonly string[];
  steps: number;
  guidance: number;
}

/** Draws all prompts, a few at a time; writes each picture as it is done. Returns the packed latents. */
async function draw(
  pipeline: Pipeline,
  lora: DeviceLora | null,
  { noise, prompts, steps, guidance }: Drawing,
  out: string,
): Promise<Float32Array> {
  const { width, height } = pipeline.model.bundle.image;
  const size = pipeline.model.latentSize;
  const rows = Math.min(ROWS, prompts.length);
  const sampler = await pipeline.sampler(rows, lora);
  const decoder = await pipeline.decoder(rows);
  const latents = new Float32Array(prompts.length * size);
  const started = performance.now();
  const batches = Math.ceil(prompts.length / rows);
  for (let batch = 0; batch < batches; batch++) {
    // The last batch is filled up by going round.
    const index = Array.from({ length: rows }, (_, i) => (batch * rows + i) % prompts.length);
    const batchNoise = new Float32Array(rows * size);
    index.forEach((from, i) => {
      const own =
        typeof noise === 'number' ? noiseOf(noise + from, 1, size) : noise.subarray(from * size, (from + 1) * size);
      batchNoise.set(own, i * size);
    });
    await sampler.run(
      batchNoise,
      index.map((i) => prompts[i]),
      steps,
      guidance,
      (done) =>
        showProgress({
          label: 'generate',
          step: batch * steps + done,
          total: batches * steps,
          seconds: (performance.now() - started) / 1000,
        }),
    );
    const clean = await sampler.read();
    decoder.write('latents', clean);
    await decoder.runAndWait();
    const pictures = picturesOf(await decoder.read('picture'), width, height);
    for (let i = 0; i < rows && batch * rows + i < prompts.length; i++) {
      const number = batch * rows + i;
      latents.set(clean.subarray(i * size, (i + 1) * size), number * size);
      const png = encodePng({ width, height, data: toRgba(pictures[i]) });
      writeAtomic(join(out, `${String(number).padStart(3, '0')}.png`), png);
    }
  }
  return latents;
}
