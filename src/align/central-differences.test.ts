/**
 * @file On the smallest bundle, the derivative of each direct method's loss is that of central differences, by one LoRA
 * element and along the whole gradient, with what the method holds constant held constant.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { testGpu } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { PinnedTuner } from '../gpu/tuner';
import type { Executable } from '../graph/executable';
import type { Value } from '../graph/graph';
import { factorsFromFile, layoutOf } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { type MethodId, methodOf } from '../methods';
import type { Rollout, RolloutRequest } from '../methods/bench';
import type { MethodStep, StepResult, Update } from '../methods/method';
import { parseRunFile } from '../methods/run-file';
import { RewardMixture } from '../rewards/mixture';
import { type BenchOptions, ModelBench } from './bench';
import { Pipeline } from './pipeline';
import { noiseOf } from './random';
import { openForTest } from './testing';

const GOLDEN = 'tools/reference/golden/nano';
const STEPS = 4;
/** Wide enough for the rounding of an f32 loss, narrow enough for its curvature. */
const H = 2 ** -6;
const read = (path: string) => new Uint8Array(readFileSync(path));

/**
 * A bench whose loss depends on the trained LoRA only where a gradient goes: rollouts are those of the LoRA as it was
 * (`old`), and the clean latents that a step is given again are those of its first update.
 */
class ConstantsBench extends ModelBench {
  #first: Float32Array[] = [];
  #writes = 0;

  constructor(
    of: BenchOptions,
    /** FlowBP's c: x_N moves with each kept step's velocity by c·Δ_i. */
    private readonly c = 0,
  ) {
    super(of);
  }

  override update(step: MethodStep, update: Update): Promise<StepResult> {
    this.#writes = 0;
    return super.update(step, update);
  }

  override async rollout(request: RolloutRequest): Promise<Rollout> {
    if (request.guided === false) return super.rollout(request);
    const path = await super.rollout({ ...request, lora: 'old' });
    const { prompts } = request;
    for (const [i, x] of this.c ? path.kept : []) {
      const from = { x, prompts, from: i, to: i + 1 };
      const now = (await super.rollout(from)).x;
      const before = (await super.rollout({ ...from, lora: 'old' })).x;
      path.x.forEach((v, e) => {
        path.x[e] = v + this.c * (now[e] - before[e]);
      });
    }
    return path;
  }

  override async compileGradient(
    outputs: Record<string, Value>,
    loss: Value,
    seed: Value,
    wrt: Record<string, Value> = {},
  ): Promise<Executable> {
    const program = await super.compileGradient(outputs, loss, seed, wrt);
    if ('gradient' in wrt) return program;
    return {
      has: (name) => program.has(name),
      read: (name) => program.read(name),
      runAndWait: () => program.runAndWait(),
      destroy: () => program.destroy(),
      write: (name, data) => {
        if (name !== 'x0') return program.write(name, data);
        const at = this.#writes++;
        this.#first[at] ??= Float32Array.from(data);
        program.write(name, this.#first[at]);
      },
    };
  }
}

/** Slopes of the loss as shares of what the gradient says: 1 where it is right. */
async function slopes(method: MethodId, options: Record<string, unknown>, plan: object, c?: number) {
  const run = parseRunFile({
    ...JSON.parse(readFileSync(`${GOLDEN}/run.json`, 'utf8')),
    ...{ method, options, rollout: { steps: STEPS }, reward: { positive: ['3d render'], negative: ['pencil sketch'] } },
  });
  const { model, text } = await openForTest();
  const layout = layoutOf(run, model.linears);
  const factors = factorsFromFile(layout, readLora(read(`${GOLDEN}/lora.safetensors`), 'lora'), 'lora');
  const gpu = await testGpu();
  const pipeline = new Pipeline(gpu, model, text, new PinnedTuner([]));
  const rewards = await RewardMixture.open(model.bundle, run.reward.model);
  const buffer = (name: string) => gpu.buffer(layout.count * 4, name, { ranges: true });
  const [parameters, old, gradients] = [buffer('LoRA'), buffer('old LoRA'), buffer('gradients')];
  gpu.write(old, factors);
  const { bytes, dtype, shape } = parseSafetensors(read(`${GOLDEN}/noise.safetensors`), 'noise').tensors.get('noise')!;
  const lora = { layout, parameters };
  const of = { pipeline, run, rewards, lora, old: { layout, parameters: old }, gradients, pictures: shape[0] };
  const bench = new ConstantsBench(of, c);
  const step = await methodOf(method).open(bench, { run, options: run.options, inspect: false });
  const lossOf = async (changed: Float32Array<ArrayBuffer>) => {
    gpu.write(parameters, changed);
    const { loss } = await bench.update(step, {
      plan,
      prompts: run.prompts.slice(0, shape[0]),
      words: { positive: run.reward.positive[0], negative: run.reward.negative[0] },
      noise: toFloat32(bytes, dtype),
      extra: { renoise: noiseOf(5, 2 * shape[0], model.latentSize) },
      x0: null,
      onPhase: () => {},
    });
    return loss;
  };
  await lossOf(factors);
  const exact = await gpu.readFloats(gradients);
  /** Of the loss along a direction of length 1, a distance H to both sides. */
  const slope = async (direction: (j: number) => number) => {
    const at = (h: number) => lossOf(factors.map((v, j) => v + h * direction(j)));
    return ((await at(H)) - (await at(-H))) / (2 * H);
  };
  const most = exact.reduce((best, g, j) => (Math.abs(g) > Math.abs(exact[best]) ? j : best), 0);
  const norm = Math.hypot(...exact);
  const element = (await slope((j) => (j === most ? 1 : 0))) / exact[most];
  const whole = (await slope((j) => exact[j] / norm)) / norm;
  step.destroy();
  bench.destroy();
  pipeline.destroy();
  for (const of of [parameters, old, gradients]) of.destroy();
  return { norm, element, whole };
}

it.each<[MethodId, Record<string, unknown>, object, number?]>([
  ['srpo', {}, { sigmaIndex: 700 }],
  ['direct-align', {}, { sigmaIndex: 300 }],
  ['refl', {}, { step: 2 }],
  ['draft', { k: 1 }, {}],
  ['draft', { k: 2 }, {}],
  ['draft-lv', { copies: 2 }, {}],
  ['flowbp', { active: 2, rescale: 0 }, { active: [1, 3] }, 1],
])('%s %o', async (...of) => {
  const { norm, element, whole } = await slopes(...of);
  expect(norm).toBeGreaterThan(1e-3);
  // The decoder's ReLUs bend the loss at a few places of every interval.
  expect(Math.abs(whole - 1), `along the gradient: ${whole} of it`).toBeLessThan(0.01);
  expect(Math.abs(element - 1), `its largest element: ${element} of it`).toBeLessThan(0.03);
});
