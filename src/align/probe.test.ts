import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { PinnedTuner } from '../gpu/tuner';
import { factorsFromFile, layoutOf } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { parseRunFile } from '../methods/run-file';
import { RewardMixture } from '../rewards/mixture';
import { Pipeline } from './pipeline';
import { probe } from './probe';
import { openForTest } from './testing';

/** Orders of preference that together run every kernel variant: whatever an op offers is first in one of them. */
const FAMILIES: readonly (readonly string[])[] = [
  ['registers', 'scalar', 'workgroup', 'composed-registers'],
  ['tiled', 'masked-registers', 'masked-scalar', 'row', 'block', 'composed-tiled'],
  ['wide-f16', 'masked-tiled'],
  ['subgroup-8', 'composed-subgroup-8'],
  ['wide', 'split', 'subgroup-32', 'flash'],
  ['masked-subgroup-8'],
  ['masked-subgroup-32'],
];

/** Allowed relative L2 difference of a tensor of the forward pass, of all gradients as one, and of any one of them. */
const TOLERANCE = { value: 1e-4, gradient: 1e-3, oneGradient: 3e-3 };

/** Takes the variants of a family, and notes which variants there were and which it took, by operation. */
class NotingTuner extends PinnedTuner {
  constructor(
    family: readonly string[],
    readonly offered: Set<string>,
    readonly taken: Set<string>,
  ) {
    super(family);
  }
  override known(key: string, variants: readonly string[]): string {
    const [operation] = key.split(' ');
    const variant = super.known(key, variants);
    for (const v of variants) this.offered.add(`${operation} ${v}`);
    this.taken.add(`${operation} ${variant}`);
    return variant;
  }
}

function tensorsOf(path: string): Map<string, { shape: number[]; data: Float32Array }> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  return new Map([...tensors].map(([name, t]) => [name, { shape: t.shape, data: toFloat32(t.bytes, t.dtype) }]));
}

/** Opens a golden folder; what it returns runs probe with a tuner's kernels and compares every tensor written. */
async function golden(name: string): Promise<(tuner: PinnedTuner, keptForGradients?: number) => Promise<void>> {
  const folder = `tools/reference/golden/${name}`;
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as { bundle: string; sigmaIndex: number };
  const run = parseRunFile(readFileSync(`${folder}/run.json`, 'utf8'), `${folder}/run.json`);
  const { model, text } = await openForTest(meta.bundle);
  const layout = layoutOf(run, model.linears);
  const lora = factorsFromFile(
    layout,
    readLora(new Uint8Array(readFileSync(`${folder}/lora.safetensors`)), 'lora'),
    'lora',
  );
  const rewards = await RewardMixture.open(model.bundle, run.reward.model);
  const noise = tensorsOf(`${folder}/noise.safetensors`).get('noise')!.data;
  const expected = tensorsOf(`${folder}/expected.safetensors`);
  const gpu = await testGpu();

  return async (tuner, keptForGradients) => {
    const pipeline = new Pipeline(gpu, model, text, tuner);
    pipeline.keptForGradients = keptForGradients ?? pipeline.keptForGradients;
    const parameters = gpu.buffer(layout.count * 4, 'parameters');
    gpu.write(parameters, lora);
    const plan = { sigmaIndex: meta.sigmaIndex };
    const written = await probe(pipeline, { run, rewards, lora: { layout, parameters }, noise, plan });
    parameters.destroy();
    pipeline.destroy();

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
    expect(wrong, `${name} with ${tuner.order.join(', ')}`).toEqual([]);
    expect(gradients.length, 'every LoRA factor has a golden gradient').toBe(layout.factors.length);
  };
}

const concatenated = (parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/** One comparison for each family of kernels, so that every variant that this adapter has is proved. */
async function compareEveryKernel(name: string): Promise<void> {
  const compare = await golden(name);
  const offered = new Set<string>();
  const taken = new Set<string>();
  for (const family of FAMILIES) await compare(new NotingTuner(family, offered, taken));
  expect([...taken].sort(), 'the families leave no variant out').toEqual([...offered].sort());
}

describe('a whole two-branch step against PyTorch, with every kernel', () => {
  it('nano', () => compareEveryKernel('nano'));
  it('odd-a: 3 heads of 20, no guidance embedding, oblong picture, resized, quick_gelu, bf16', () =>
    compareEveryKernel('odd-a'));
  it('klein: FLUX.2 and TAEF2, every kind of linear, dynamic shift, statistics of the latents', async () =>
    (await golden('klein'))(new PinnedTuner([])));
  it('odd-b: 5 heads of 14, shards, scaled latents, three rewards, targets of every kind', () =>
    compareEveryKernel('odd-b'));
});

describe('the same where every block is computed again for its gradient', () => {
  it.each(['nano', 'odd-b', 'klein'])('%s', async (name) => (await golden(name))(new PinnedTuner([]), 0));
});

describe('the same at the size of the preset, with the first kernel of every node', () => {
  it('mini-flux: every kind of linear', async () => (await golden('mini-flux'))(new PinnedTuner([])));
  it('mini-flux with a mixture of rewards', async () => (await golden('mini-flux-mixture'))(new PinnedTuner([])));
});
