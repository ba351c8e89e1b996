/**
 * @file The workbench of the real model: what methods/bench.ts asks for, on a pipeline with a LoRA and a run's rewards.
 */

import type { Compiled } from '../compiler/compiled';
import { gradients } from '../compiler/differentiate';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { GpuBuffer } from '../gpu/gpu';
import type { Executable } from '../graph/executable';
import { parameterOp, reachable, type Value } from '../graph/graph';
import type {
  Bench,
  LoraUse,
  NamedTensor,
  Rollout,
  RolloutRequest,
  Scored,
  VelocityOptions,
  VelocityRow,
} from '../methods/bench';
import type { MethodStep, StepResult, Update } from '../methods/method';
import type { RewardRow } from '../methods/reward-form';
import { samplerSigmas } from '../methods/sigmas';
import type { RewardMixture } from '../rewards/mixture';
import { GradientSum } from './gradient-sum';
import { latents, picture, velocity } from './model';
import { channelsFirst } from './picture';
import { type DeviceLora, type Pipeline, type Sampler, writeText } from './pipeline';

export interface BenchOptions {
  pipeline: Pipeline;
  run: RunFile;
  rewards: RewardMixture;
  lora: DeviceLora;
  /** The LoRA kept behind it, laid out alike, where the method has one. */
  old?: DeviceLora;
  /** Where the update's gradient goes, laid out as the LoRA's factors. */
  gradients: GpuBuffer;
  /** Pictures of one update. */
  pictures: number;
  /** Where a person is the reward. */
  ask?: Bench['ask'];
}

export class ModelBench implements Bench {
  readonly pictures: number;
  readonly latentShape: readonly number[];
  readonly sigmas: readonly number[];
  readonly firstTower: string;
  /** What was compiled with a gradient: the parts of a step that take its time. */
  readonly programs: Compiled[] = [];
  readonly #samplers = new Map<string, Promise<Sampler>>();
  readonly #compiled: Sampler[] = [];
  readonly ask: Bench['ask'];
  readonly #sum: GradientSum;

  constructor(private readonly of: BenchOptions) {
    const { bundle } = of.pipeline.model;
    this.pictures = of.pictures;
    this.ask = of.ask;
    this.latentShape = [bundle.imageTokens, bundle.transformer.in_channels];
    this.sigmas = samplerSigmas(of.run.rollout.steps, bundle.shift(of.run.rollout.steps));
    this.firstTower = of.rewards.firstTower;
    this.#sum = new GradientSum(of.pipeline.gpu, of.gradients);
  }

  /** Runs one update's step; its gradient is then in the buffer given for it. */
  async update(step: MethodStep, update: Update): Promise<StepResult> {
    this.#sum.clear();
    const result = await step.run(update);
    this.#sum.settle();
    return result;
  }

  /** Runs a further pass over the last update's pictures; its gradient is then in the buffer given for it. */
  async again(step: MethodStep): Promise<void> {
    this.#sum.clear();
    await step.again!();
    this.#sum.settle();
  }

  /** The numbers of a LoRA; null for the base alone. */
  #lora(use: LoraUse): DeviceLora | null {
    const { lora, old } = this.of;
    if (use === 'old' && !old) throw new Error('a method without oldLora asks for the old LoRA');
    return { trained: lora, old: old!, none: null }[use];
  }

  /** The sampler of rollouts, which draws samples too; compiled at first use. */
  sampler(guided = true, lora: LoraUse = 'trained'): Promise<Sampler> {
    const { pipeline } = this.of;
    // A model that embeds its guidance has one kind of step.
    const isGuided = guided || pipeline.model.bundle.transformer.guidance_embeds;
    const kind = `${lora} ${isGuided}`;
    let sampler = this.#samplers.get(kind);
    if (!sampler) {
      sampler = pipeline.sampler(this.pictures, this.#lora(lora), isGuided).then((s) => {
        this.#compiled.push(s);
        return s;
      });
      this.#samplers.set(kind, sampler);
    }
    return sampler;
  }

  latents(name: string, rows: number): Value {
    return latents(this.of.pipeline.model, rows, name);
  }

  velocity(x: Value, { lora = 'trained', call = '' }: VelocityOptions = {}): Value {
    return velocity(this.of.pipeline.model, this.#lora(lora)?.layout ?? null, x.shape[0], x, call);
  }

  picture(x0: Value): Value {
    return picture(this.of.pipeline.model, x0);
  }

  score(picture: Value): Scored {
    return this.of.rewards.trace(picture);
  }

  compile(outputs: Record<string, Value>, lora: LoraUse = 'trained'): Promise<Executable> {
    const { pipeline, rewards } = this.of;
    return pipeline.compile(outputs, rewards.scopes, this.#lora(lora));
  }

  async compileGradient(
    outputs: Record<string, Value>,
    loss: Value,
    seed: Value,
    wrt: Record<string, Value> = {},
  ): Promise<Executable> {
    const { pipeline, rewards, lora } = this.of;
    const parameters = reachable([loss]).filter((v) => v.op === parameterOp);
    if (parameters.length === 0 && Object.keys(wrt).length === 0)
      throw new UserError('The run trains nothing: its "lora.targets" match no linear.');
    const others = Object.keys(wrt);
    const grads = gradients(loss, seed, [...parameters, ...Object.values(wrt)]);
    const all = { ...outputs };
    others.forEach((name, i) => {
      all[name] = grads[parameters.length + i];
    });
    parameters.forEach((p, i) => {
      all[`grad.${p.attrs.name}`] = grads[i];
    });
    const program = await pipeline.compile(all, rewards.scopes, lora, {
      placeOutput: (name) =>
        name.startsWith('grad.') ? lora.layout.range(this.#sum.part, name.slice('grad.'.length)) : undefined,
    });
    this.programs.push(program);
    return {
      has: (name) => program.has(name),
      write: (name, data) => program.write(name, data),
      read: (name) => program.read(name),
      runAndWait: async () => {
        await program.runAndWait();
        if (parameters.length > 0) await this.#sum.add();
      },
      destroy: () => program.destroy(),
    };
  }

  async writeVelocity(to: Executable, rows: readonly VelocityRow[], call = ''): Promise<void> {
    const { pipeline, run } = this.of;
    const text = await pipeline.encode(rows.map((row) => row.prompt));
    writeText(to, text, rows.length, run.rollout.guidance, call);
    await pipeline.writeLevels(to, rows, run.rollout.guidance, { call });
  }

  async writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void> {
    const { pipeline, rewards } = this.of;
    const inputs = await rewards.inputs(rows, (reward, text) => pipeline.features(reward, text));
    for (const [name, data] of Object.entries(inputs)) to.write(name, data);
  }

  async rollout({ x, prompts, from, to, guided, lora, keep = [], onStep }: RolloutRequest): Promise<Rollout> {
    const sampler = await this.sampler(guided, lora);
    const kept = new Map<number, Float32Array<ArrayBuffer>>();
    const { steps, guidance } = this.of.run.rollout;
    const onState = async (i: number) => {
      if (keep.includes(i)) kept.set(i, await sampler.state());
    };
    await sampler.run(x, prompts, steps, guidance, onStep, { from, to, onState });
    return { x: await sampler.state(), kept };
  }

  latentTensor(name: string, data: Float32Array): NamedTensor {
    return { name, shape: [this.pictures, ...this.latentShape], data };
  }

  pictureTensor(name: string, data: Float32Array): NamedTensor {
    const { width, height } = this.of.pipeline.model.bundle.image;
    const n = this.pictures;
    return { name, shape: [n, 3, height, width], data: channelsFirst(data, n, height * width) };
  }

  destroy(): void {
    this.#sum.destroy();
    for (const sampler of this.#compiled) sampler.destroy();
    // One that is still being compiled goes when it is there.
    for (const sampler of this.#samplers.values())
      void sampler.then(
        (s) => s.destroy(),
        () => {},
      );
  }
}
