/**
 * @file The alignment run: rollout, both branches, one optimizer update; its state, samples and export.
 *
 * The same class trains in the program and in the page's worker. It touches no files: what must survive
 * is in `TrainerState`, and resuming from one continues bit for bit.
 */

import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import { AdamW } from '../lora/adamw';
import { factorsFromFile, initialFactors, type LoraLayout, layoutOf, tensorsForFile } from '../lora/layout';
import type { LoraFile } from '../lora/lora-file';
import type { LoraExport } from '../lora/write';
import { AlignmentStep } from './branches';
import type { Metrics } from './metrics';
import { NotFiniteError } from './not-finite';
import { type FloatPicture, picturesOf, saturation } from './picture';
import type { DeviceLora, Pipeline, Sampler } from './pipeline';
import { noiseOf, Random } from './random';
import { type OpenReward, openRewards } from './rewards';
import { type AlignmentLevels, alignmentLevels, TABLE_MARGIN } from './schedule';

/** Everything a bit-equal resume on the same adapter needs. */
export interface TrainerState {
  /** Updates done. */
  step: number;
  parameters: Float32Array<ArrayBuffer>;
  firstMoment: Float32Array<ArrayBuffer>;
  secondMoment: Float32Array<ArrayBuffer>;
  rngState: string;
  /** The kernel variants that computed it. */
  kernelVariants: Record<string, string>;
  /** The control words in use, which may have been changed while training. */
  positive: string[];
  negative: string[];
}

export interface ControlWords {
  positive: readonly string[];
  negative: readonly string[];
}

/** The picture the last update trained on, for the timeline. */
export interface TrainingPicture {
  prompt: string;
  noise: Float32Array;
  x0: Float32Array;
  levels: AlignmentLevels;
  positive: string;
  negative: string;
}

export type Phase = 'rollout' | 'branches' | 'samples';
export type OnPhase = (phase: Phase, done: number, total: number) => void;

export interface TrainerOptions {
  state?: TrainerState | null;
  /** A LoRA to start from, and what to call it in errors. */
  warmStart?: { file: LoraFile; name: string } | null;
  onPhase?: OnPhase;
}

/**
 * What can be checked about a run before a device exists.
 * @throws UserError for a target that matches nothing, an unknown reward, a LoRA that does not fit
 */
export async function prepareRun(
  model: Pipeline['model'],
  run: RunFile,
  warmStart: TrainerOptions['warmStart'] = null,
): Promise<{ layout: LoraLayout; rewards: OpenReward[]; initial: Float32Array<ArrayBuffer> }> {
  if (run.images !== null)
    throw new UserError('Training from pictures ("images") is not in this version: set "images" to null.');
  const layout = layoutOf(run, model.linears);
  const rewards = await openRewards(model.bundle, run, model.bundle.transformer.pooled_projection_dim);
  const initial = warmStart
    ? factorsFromFile(layout, warmStart.file, warmStart.name)
    : initialFactors(layout, new Random(run.seed));
  return { layout, rewards, initial };
}

export class Trainer {
  /** Updates done. */
  step: number;
  words: ControlWords;
  picture: TrainingPicture | null = null;
  readonly lora: DeviceLora;
  #random: Random;

  private constructor(
    readonly pipeline: Pipeline,
    readonly run: RunFile,
    readonly rewards: readonly OpenReward[],
    layout: LoraLayout,
    private readonly optimizer: AdamW,
    readonly sampler: Sampler,
    readonly decoder: Compiled,
    readonly alignment: AlignmentStep,
    state: TrainerState | null,
    private readonly onPhase: OnPhase,
  ) {
    this.lora = { layout, parameters: optimizer.parameters };
    this.step = state?.step ?? 0;
    this.words = state ?? run.reward;
    // The stream after the one the factors started from, so that neither repeats the other.
    this.#random = new Random(state?.rngState ?? run.seed + 2 ** 32);
  }

  /** Compiles everything a run needs. Tuning happens here, once per adapter and shape. */
  static async create(pipeline: Pipeline, run: RunFile, options: TrainerOptions = {}): Promise<Trainer> {
    const { state = null, onPhase = () => {} } = options;
    const { layout, rewards, initial } = await prepareRun(pipeline.model, run, state ? null : options.warmStart);
    if (state) Object.assign(pipeline.tuner.table, state.kernelVariants);
    const { gpu } = pipeline;
    const optimizer = new AdamW(gpu, layout.count);
    await optimizer.prepare();
    gpu.write(optimizer.parameters, state?.parameters ?? initial);
    if (state) {
      gpu.write(optimizer.firstMoment, state.firstMoment);
      gpu.write(optimizer.secondMoment, state.secondMoment);
    }
    const lora = { layout, parameters: optimizer.parameters };
    const sampler = await pipeline.sampler(run.batch, lora);
    const decoder = await pipeline.decoder(run.batch);
    const alignment = await AlignmentStep.create(pipeline, run, rewards, lora, optimizer.gradients, run.batch);
    return new Trainer(pipeline, run, rewards, layout, optimizer, sampler, decoder, alignment, state, onPhase);
  }

  /** New control words from the next update on. */
  setWords(words: ControlWords): void {
    if (!words.positive.length || !words.negative.length)
      throw new UserError('Keep at least one word in each list of control words.');
    this.words = words;
  }

  /**
   * One update: x0 from fresh noise with the current LoRA, both branches at one m, AdamW.
   * @throws UserError where loss or gradient is not finite; the LoRA is then as it was before
   */
  async update(): Promise<Metrics> {
    const started = performance.now();
    const { run, pipeline } = this;
    const { batch } = run;
    const n = this.step;
    const at = <T>(list: readonly T[], i: number): T => list[i % list.length];
    const prompts = Array.from({ length: batch }, (_, i) => at(run.prompts, n * batch + i));
    const positive = at(this.words.positive, n);
    const negative = at(this.words.negative, n);
    const m = this.#random.integer(TABLE_MARGIN, run.timesteps.count - TABLE_MARGIN);
    const levels = alignmentLevels(run, m);
    const noise = this.#random.normals(batch * pipeline.model.latentSize);

    const { guidance, steps } = run.rollout;
    await this.sampler.run(noise, prompts, steps, guidance, (done) => this.onPhase('rollout', done, steps));
    this.onPhase('branches', 0, 1);
    await this.alignment.writeInputs({ prompts, positive, negative, levels, guidance });
    this.alignment.writeLatents(noise, this.sampler.latents);
    await this.alignment.program.runAndWait();
    const { denoise, inversion } = await this.alignment.readResults();
    const finite = [denoise, inversion].every(
      (b) => !b || (Number.isFinite(b.loss) && b.reward.every(Number.isFinite)),
    );
    if (!finite) throw await this.#notFinite('loss');

    const { learningRate, weightDecay, clipNorm } = run.optimizer;
    this.optimizer.step({ learningRate, weightDecay, clipNorm, step: n + 1 });
    const gradNorm = await this.optimizer.readNorm();
    if (!Number.isFinite(gradNorm)) throw await this.#notFinite('gradient');
    this.onPhase('branches', 1, 1);

    const x0 = await this.sampler.read();
    const rollout = await this.decodeBatch(x0);
    const size = pipeline.model.latentSize;
    this.picture = {
      prompt: prompts[0],
      noise: noise.subarray(0, size),
      x0: x0.subarray(0, size),
      levels,
      positive,
      negative,
    };
    this.step = n + 1;
    const mean = (x: Float32Array) => x.reduce((a, b) => a + b, 0) / x.length;
    return {
      step: this.step,
      sigmaIndex: m,
      sigma: levels.denoise.sigmaR,
      rewardDenoise: mean(denoise!.reward),
      rewardInversion: inversion && mean(inversion.reward),
      lossDenoise: denoise!.loss,
      lossInversion: inversion?.loss ?? null,
      gradNorm,
      saturation: saturation(rollout),
      positive,
      negative,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** The sample grid: every sample prompt i from noise samples.seed + i, drawn with the LoRA as it is now. */
  async samples(): Promise<FloatPicture[]> {
    const { prompts, seed } = this.run.samples;
    const { batch } = this.run;
    const { width, height } = this.pipeline.model.bundle.image;
    const size = this.pipeline.model.latentSize;
    const noise = noiseOf(seed, prompts.length, size);
    const pictures: FloatPicture[] = [];
    for (let first = 0; first < prompts.length; first += batch) {
      // The last batch is filled up by going round.
      const index = Array.from({ length: batch }, (_, i) => (first + i) % prompts.length);
      const rows = new Float32Array(batch * size);
      index.forEach((from, i) => {
        rows.set(noise.subarray(from * size, (from + 1) * size), i * size);
      });
      const { guidance, steps } = this.run.rollout;
      await this.sampler.run(
        rows,
        index.map((i) => prompts[i]),
        steps,
        guidance,
      );
      pictures.push(...picturesOf(await this.decodeBatch(await this.sampler.read()), width, height));
      this.onPhase('samples', Math.min(first + batch, prompts.length), prompts.length);
    }
    return pictures.slice(0, prompts.length);
  }

  /** Why a number of this update is not finite: the base, the guidance, the LoRA it began with, or the updates so far. */
  async #notFinite(what: string): Promise<UserError> {
    try {
      await this.sampler.read();
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      if (error.culprit !== 'LoRA' || this.step === 0) return error;
    }
    const sentence = `The ${what} of update ${this.step + 1} is not finite`;
    if (this.step > 0) {
      return new UserError(
        `${sentence}: the run stopped at the last good state, after ${this.step} updates; lower "optimizer.learningRate" and resume.`,
      );
    }
    const rewards = this.rewards.map(({ name }) => name).join(', ');
    return new UserError(
      `${sentence} although nothing has been trained yet: weights of the autoencoder or of a reward (${rewards}) are damaged or too large; choose another base or reward.`,
    );
  }

  private async decodeBatch(latents: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
    this.decoder.write('latents', latents);
    await this.decoder.runAndWait();
    return this.decoder.read('picture');
  }

  /** Everything a resume needs, copied off the device. */
  async state(): Promise<TrainerState> {
    const { gpu, tuner } = this.pipeline;
    const { parameters, firstMoment, secondMoment } = this.optimizer;
    return {
      step: this.step,
      parameters: await gpu.readFloats(parameters),
      firstMoment: await gpu.readFloats(firstMoment),
      secondMoment: await gpu.readFloats(secondMoment),
      rngState: this.#random.save(),
      kernelVariants: { ...tuner.used },
      positive: [...this.words.positive],
      negative: [...this.words.negative],
    };
  }

  destroy(): void {
    this.sampler.destroy();
    this.decoder.destroy();
    this.alignment.destroy();
    this.optimizer.destroy();
  }
}

/** What the file writers take: the factors of a state as a file means them, and where they come from. */
export function loraExport(
  run: RunFile,
  layout: LoraLayout,
  parameters: Float32Array,
  step: number,
  baseHash: string,
): LoraExport {
  return { tensors: tensorsForFile(layout, parameters), rank: layout.rank, run, step, baseHash };
}
