import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dirSource } from '../cli/dir-source';
import { relativeL2, testGpu } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseRunFile } from '../formats/run-file';
import { parseSafetensors } from '../formats/safetensors';
import { Tuner } from '../gpu/tuner';
import { factorsFromFile, layoutOf } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { openBundle } from '../models/bundle';
import { createTextEncoder } from '../models/text-encoder';
import { RewardMixture } from '../rewards/mixture';
import { openModel, Pipeline } from './pipeline';
import { probe } from './probe';

function tensorsOf(path: string): Map<string, { shape: number[]; data: Float32Array }> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  return new Map([...tensors].map(([name, t]) => [name, { shape: t.shape, data: toFloat32(t.bytes, t.dtype) }]));
}

/** Allowed relative L2 difference of a tensor of the forward pass, of all gradients as one, and of any one of them. */
const TOLERANCE = { value: 1e-4, gradient: 1e-3, oneGradient: 3e-3 };

/** Runs probe on a golden folder and compares every tensor it should write. */
async function compare(name: string): Promise<void> {
  const folder = `tools/reference/golden/${name}`;
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as { bundle: string; sigmaIndex: number };
  const run = parseRunFile(readFileSync(`${folder}/run.json`, 'utf8'), `${folder}/run.json`);
  const bundle = await openBundle(dirSource(meta.bundle));
  const model = await openModel(bundle);
  const layout = layoutOf(run, model.linears);
  const lora = factorsFromFile(
    layout,
    readLora(new Uint8Array(readFileSync(`${folder}/lora.safetensors`)), 'lora'),
    'lora',
  );
  const text = await createTextEncoder({ ...(await bundle.readTextEncoder()), maxLength: bundle.maxTextTokens });
  const rewards = await RewardMixture.open(bundle, run.reward.model);
  const gpu = await testGpu();
  const pipeline = new Pipeline(gpu, model, text, new Tuner());
  const parameters = gpu.buffer(layout.count * 4, 'parameters');
  gpu.write(parameters, lora);
  const noise = tensorsOf(`${folder}/noise.safetensors`).get('noise')!.data;
  const plan = { sigmaIndex: meta.sigmaIndex };
  const written = await probe(pipeline, { run, rewards, lora: { layout, parameters }, noise, plan });
  pipeline.destroy();

  const expected = tensorsOf(`${folder}/expected.safetensors`);
  const actual = new Map(written.map((t) => [t.name, t]));
  const gradients: { found: Float32Array; golden: Float32Array }[] = [];
  const wrong: string[] = [];
  for (const [tensor, { shape, data }] of expected) {
    if (/^(block\.|text\.|vae\.|encoder\.|latent)/.test(tensor)) continue;
    const found = actual.get(tensor);
    expect(found, `${name}: probe writes ${tensor}`).toBeDefined();
    expect(found!.shape, tensor).toEqual(shape);
    const isGradient = tensor.startsWith('grad.');
    if (isGradient) gradients.push({ found: found!.data, golden: data });
    const error = relativeL2(found!.data, data);
    if (!(error < (isGradient ? TOLERANCE.oneGradient : TOLERANCE.value))) wrong.push(`${tensor} ${error}`);
  }
  const whole = relativeL2(concatenated(gradients.map((g) => g.found)), concatenated(gradients.map((g) => g.golden)));
  if (!(whole < TOLERANCE.gradient)) wrong.push(`all gradients ${whole}`);
  expect(wrong, name).toEqual([]);
  expect(gradients.length, 'every LoRA factor has a golden gradient').toBe(layout.factors.length);
}

const concatenated = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

describe('a whole two-branch step against PyTorch', () => {
  it('nano', () => compare('nano'));
  it('odd-a: 3 heads of 20, no guidance embedding, oblong picture, resized, quick_gelu, bf16', () => compare('odd-a'));
  it('odd-b: 5 heads of 14, shards, scaled latents, three rewards, targets of every kind', () => compare('odd-b'));
  it('mini-flux: every kind of linear', () => compare('mini-flux'));
  it('mini-flux with a mixture of rewards', () => compare('mini-flux-mixture'));
});
