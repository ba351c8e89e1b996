import { afterAll, beforeAll, expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import type { FileSource } from '../formats/file-source';
import { Tuner } from '../gpu/tuner';
import { initialFactors, layoutOf } from '../lora/layout';
import { parseRunFile } from '../methods/run-file';
import { openBundle } from '../models/bundle';
import type { TextEncoder } from '../models/text-encoder';
import { openModel } from './model';
import { allFinite } from './not-finite';
import { Pipeline } from './pipeline';
import { noiseOf, Random } from './random';
import { openForTest } from './testing';
import { Trainer } from './trainer';

const FOLDER = 'tools/reference/bundles/odd-a';
const run = parseRunFile({ version: 1, bundle: 'odd-a', prompts: ['cat face'], batch: 1, rollout: { steps: 1 } });
const tuner = new Tuner({}, false);
let text: TextEncoder;

beforeAll(async () => {
  ({ text } = await openForTest(FOLDER));
});
afterAll(() => text.dispose());

async function pipeline(source: FileSource = dirSource(FOLDER)): Promise<Pipeline> {
  return new Pipeline(await testGpu(), await openModel(await openBundle(source)), text, tuner);
}

/** A bundle, one file of which has the largest finite bf16 in its last numbers. */
function withHugeWeights(file: string): FileSource {
  const source = dirSource(FOLDER);
  return {
    ...source,
    read: async (path, begin = 0, end) => {
      const bytes = await source.read(path, begin, end);
      if (path !== file) return bytes;
      const header = 8 + Number(new DataView((await source.read(path, 0, 8)).buffer).getBigUint64(0, true));
      for (let i = Math.max(0, header - begin); i < bytes.length; i++) bytes[i] = 0x7f;
      return bytes;
    },
  };
}

async function draw(p: Pipeline, guidance: number, strength = 0): Promise<Float32Array> {
  const layout = layoutOf(run, p.model.linears);
  const factors = initialFactors(layout, new Random(1));
  for (const factor of layout.factors)
    if (factor.name.endsWith('lora_B.weight')) layout.part(factors, factor).fill(strength);
  const parameters = p.gpu.buffer(factors.byteLength, 'LoRA');
  p.gpu.write(parameters, factors);
  const sampler = await p.sampler(1, { layout, parameters });
  await sampler.run(noiseOf(3, 1, p.model.latentSize), ['cat face'], 1, guidance);
  try {
    return await sampler.read();
  } finally {
    expect(await p.gpu.readFloats(parameters), 'the LoRA is as it was').toEqual(factors);
  }
}

it('tells finite numbers from all others', () => {
  expect(allFinite(Float32Array.of(0, -0, 3.4e38, 1e-45))).toBe(true);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(allFinite(Float32Array.of(1, wrong, 1))).toBe(false);
});

it('names a LoRA, a guidance or a base that draws numbers which are not finite', async () => {
  const good = await pipeline();
  expect(allFinite(await draw(good, 3.5, 0.1))).toBe(true);
  await expect(draw(good, 3.5, 1e38)).rejects.toThrow(/finite with the LoRA, and is without it.*lower its strength/);
  await expect(draw(good, 1e39)).rejects.toThrow(/not finite at guidance 1e\+39, and is at guidance 1: lower the guid/);
  const huge = await pipeline(withHugeWeights('transformer/diffusion_pytorch_model.safetensors'));
  for (const strength of [0, 1e38])
    await expect(draw(huge, 3.5, strength)).rejects.toThrow(/without any LoRA: weights of bundle odd-a are damaged/);
});

it('before the first update a run blames base or reward, after it the learning rate', async () => {
  const base = await Trainer.create(
    await pipeline(withHugeWeights('transformer/diffusion_pytorch_model.safetensors')),
    run,
  );
  await expect(base.update()).rejects.toThrow(/weights of bundle odd-a are damaged or too large/);
  await expect(base.samples()).rejects.toThrow(/weights of bundle odd-a are damaged or too large/);
  const reward = await Trainer.create(await pipeline(withHugeWeights('rewards/clip/model.safetensors')), run);
  await expect(reward.update()).rejects.toThrow(/of update 1 is not finite although nothing.*a reward \(clip\)/);

  const trainer = await Trainer.create(await pipeline(), run);
  const state = await trainer.state();
  state.step = 3;
  const { layout } = trainer.lora;
  for (const factor of layout.factors)
    if (factor.name.endsWith('lora_B.weight')) layout.part(state.parameters, factor).fill(1e38);
  const late = await Trainer.create(await pipeline(), run, { state });
  await expect(late.update()).rejects.toThrow(
    /update 4 is not finite.*after 3 updates; lower "optimizer.learningRate"/,
  );
  for (const t of [base, reward, trainer, late]) t.destroy();
});
