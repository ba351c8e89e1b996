import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeL2, testGpu } from '../compiler/testing';
import { Tuner } from '../gpu/tuner';
import { reachable, type Value, weightOp } from '../graph/graph';
import { type LoraLayout, layoutOf } from '../lora/layout';
import { parseRunFile } from '../methods/run-file';
import { atLevel } from '../methods/velocity';
import type { TextEncoder } from '../models/text-encoder';
import { WeightScope, WeightStore } from '../models/weights';
import { Artist, timelineSigmas } from './artist';
import { type Model, velocity, widthOf } from './model';
import { ModulationCache } from './modulations';
import { Pipeline } from './pipeline';
import { openForTest } from './testing';
import { Trainer } from './trainer';

const NORM = 'transformer_blocks.0.norm1.linear';
const runOf = (targets: string[], method = 'srpo') =>
  parseRunFile({
    ...{ version: 1, bundle: 'nano', method, prompts: ['cat face', 'red apple'], batch: 2 },
    ...{ lora: { rank: 4, targets }, rollout: { steps: 3 }, samples: { prompts: ['owl'] } },
  });

let model: Model;
let text: TextEncoder;
/** Reads of the modulations' weights. */
let reads = 0;

beforeAll(async () => {
  ({ model, text } = await openForTest());
  const { tensors } = model.transformer;
  const read: typeof tensors.read = (name, rows) => {
    if (name === `${NORM}.weight`) reads++;
    return tensors.read(name, rows);
  };
  model = { ...model, transformer: new WeightScope('transformer', { ...tensors, read }) };
});
afterAll(() => text.dispose());

const ahead = (): Model => ({ ...model, bundle: { ...model.bundle, modulationsAhead: true } });
const namesOf = (outputs: readonly Value[]) =>
  new Set(
    reachable(outputs).flatMap((v) =>
      v.op === weightOp ? [v.attrs.name as string, ...(v.attrs.followedBy ?? [])] : [],
    ),
  );

async function trained(of: Model, run: ReturnType<typeof runOf>) {
  const pipeline = new Pipeline(await testGpu(), of, text, new Tuner({}, false));
  const trainer = await Trainer.create(pipeline, run);
  const metrics = [await trainer.update(), await trainer.update()];
  const [sample] = await trainer.samples();
  const { parameters } = await trainer.state();
  const artist = new Artist(pipeline, trainer.lora);
  const words = { positive: '3d render', negative: 'pencil sketch' };
  const seen = { prompt: 'cat face', seed: 1, sigmas: timelineSigmas(3), step: 2, update: null, ...words };
  const { timeline } = await artist.timeline({ run, ...seen });
  artist.destroy();
  trainer.destroy();
  pipeline.destroy();
  return { metrics, sample, parameters, columns: timeline.columns.map(({ reward }) => reward!) };
}

describe('modulations computed ahead', () => {
  it.each(['srpo', 'draft', 'leapalign'])('train and draw with %s as their weights do', async (method) => {
    const run = runOf(['attn.to_q', 'attn.to_k', 'attn.to_v'], method);
    const own = await trained(model, run);
    reads = 0;
    const given = await trained(ahead(), run);
    expect(relativeL2(given.parameters, own.parameters)).toBeLessThan(1e-4);
    expect(relativeL2(given.sample.data, own.sample.data)).toBeLessThan(1e-4);
    expect(relativeL2(given.columns, own.columns)).toBeLessThan(1e-4);
    for (const i of [0, 1]) expect(given.metrics[i].reward! / own.metrics[i].reward!).toBeCloseTo(1, 4);
    // A pass for the prompts of the first rollout, one for each level that is trained, and so on: not one a call.
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(8);
  });

  it('leave neither their linears nor what those read in the graph', () => {
    const names = namesOf([velocity(ahead(), null, 1)]);
    const whole = namesOf([velocity(model, null, 1)]);
    const { modulations } = model.bundle.denoiser;
    const gone = [...whole].filter((name) => !names.has(name)).map((name) => name.replace(/^transformer\//, ''));
    expect(gone).toContain('time_text_embed.text_embedder.linear_1.weight');
    expect(gone.every((name) => modulations!.dependOn(name.replace(/\.(?:weight|bias)$/, '')))).toBe(true);
    expect([...names].some((name) => name.includes('norm1') || name.includes('time_text'))).toBe(false);
  });

  it('are made by their weights where a LoRA adapts one of those', () => {
    const own = layoutOf(runOf(['norm1.linear']), model.linears);
    const linears = new Set(['time_text_embed.text_embedder.linear_2']);
    for (const layout of [own, { ...own, linears }]) {
      const inputs = reachable([velocity(ahead(), layout as LoraLayout, 1)]).map(({ attrs }) => attrs?.name);
      expect(inputs).toContain('time');
      expect(inputs).not.toContain('modulations');
    }
  });
});

describe('ModulationCache', () => {
  const cacheOf = async (most?: number) => {
    const pipeline = new Pipeline(await testGpu(), ahead(), text, new Tuner({}, false));
    return { pipeline, cache: new ModulationCache(pipeline, most) };
  };

  it('computes what is asked for and what comes after in one pass, more than a run has rows too', async () => {
    const { pipeline, cache } = await cacheOf();
    const levels = Array.from({ length: 40 }, (_, i) => atLevel(['owl'], 1 - i / 40)).flat();
    reads = 0;
    const first = await cache.of(levels.slice(0, 1), 3.5, levels);
    expect(reads).toBe(1);
    const rest = await cache.of(levels, 3.5);
    expect(reads).toBe(1);
    const width = widthOf(model.bundle.denoiser.modulations!);
    expect(rest.length).toBe(40 * width);
    expect(rest.subarray(0, width)).toEqual(first);
    // The last of the second run, computed alone.
    const alone = await (await cacheOf()).cache.of(levels.slice(-1), 3.5);
    expect(relativeL2(rest.subarray(39 * width), alone)).toBeLessThan(1e-6);
    expect(relativeL2(first, alone)).toBeGreaterThan(1e-3);
    await cache.of(levels.slice(0, 1), 2);
    expect(reads).toBe(3);
    pipeline.destroy();
  });

  it('forgets what was not asked for the longest', async () => {
    const width = widthOf(model.bundle.denoiser.modulations!);
    const { pipeline, cache } = await cacheOf(2 * 4 * width);
    const [a, b, c] = atLevel(['owl', 'cat face', 'penguin'], 0.5);
    reads = 0;
    for (const row of [a, b, a, c, a]) await cache.of([row], 1);
    expect(reads).toBe(3);
    await cache.of([b], 1);
    expect(reads).toBe(4);
    // A call may ask for more than is kept.
    expect((await cache.of([a, b, c], 1)).length).toBe(3 * width);
    pipeline.destroy();
  });

  it('tells how far it is, and can be called off', async () => {
    const gpu = await testGpu();
    const told: number[] = [];
    const store = new WeightStore(gpu, true, (done, total) => {
      told.push(done / total);
      if (done > total / 2) throw new Error('called off');
    });
    const tuner = new Tuner({}, false);
    const nothing = () => {};
    const pipeline = new Pipeline(gpu, ahead(), text, tuner, nothing, nothing, store);
    const cache = new ModulationCache(pipeline);
    await expect(cache.of(atLevel(['owl'], 0.5), 1)).rejects.toThrow('called off');
    expect(told.slice(0, -1).every((part) => part > 0 && part <= 0.5)).toBe(true);
    expect(told.length).toBeGreaterThan(1);
    pipeline.destroy();
  });

  it('gives the device its memory back, also where reading fails', async () => {
    const gpu = await testGpu();
    const before = gpu.memory.bytes;
    const { pipeline, cache } = await cacheOf();
    await cache.of(atLevel(['owl'], 0.5), 1);
    const { transformer } = pipeline.model;
    const broken = { ...transformer.tensors, read: () => Promise.reject(new Error('the file is gone')) };
    const scope = new WeightScope('transformer', broken);
    const other = new Pipeline(gpu, { ...pipeline.model, transformer: scope }, text, new Tuner({}, false));
    await expect(new ModulationCache(other).of(atLevel(['owl'], 0.5), 1)).rejects.toThrow('the file is gone');
    other.destroy();
    pipeline.destroy();
    expect(gpu.memory.bytes).toBe(before);
  });
});
