/**
 * @file The trainer: one update after the other with the run's method, its state, samples and export.
 *
 * The same class trains in the program and in the page's worker. It touches no files: what must survive
 * is in `TrainerState`, and resuming from one continues bit for bit.
 */

import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import { withoutHistory } from '../formats/control-words';
import type { Metrics } from '../formats/metrics';
import { isJudgedByPerson, type Vote } from '../formats/person';
import type { RunFile } from '../formats/run-file';
import type { TrainerState } from '../formats/trainer-state';
import { AdamW } from '../lora/adamw';
import { factorsFromFile, initialFactors, type LoraLayout, layoutOf, tensorsForFile } from '../lora/layout';
import type { LoraFile } from '../lora/lora-file';
import { OldLora } from '../lora/old-lora';
import type { LoraExport } from '../lora/write';
import { methodOf } from '../methods';
import type { Bench } from '../methods/bench';
import { drawUpdate, promptsOf } from '../methods/draw-update';
import type { Method, MethodStep } from '../methods/method';
import { type RewardWords, textOf } from '../methods/reward-form';
import { requireTexts } from '../models/open-text';
import type { PictureSource } from '../pictures/source';
import { RewardMixture } from '../rewards/mixture';
import { quoted } from '../shown';
import { ModelBench } from './bench';
import { allFinite, NotFiniteError } from './not-finite';
import { type FloatPicture, picturesOf, saturation } from './picture';
import type { DeviceLora, Pipeline, Sampler } from './pipeline';
import { noiseOf, Random } from './random';
import { RewardScorer } from './reward-scorer';

export interface ControlWords {
  positive: readonly string[];
  negative: readonly string[];
}

/** The picture the last update trained on, for the timeline. */
export interface TrainingPicture {
  prompt: string;
  noise: Float32Array;
  x0: Float32Array;
  /** The update that trained on it. */
  update: Metrics;
  positive: string;
  negative: string;
}

export type Phase = 'pictures' | 'rollout' | 'branches' | 'samples';
export type OnPhase = (phase: Phase, done: number, total: number) => void;

export type OnDrawn = (first: number, pictures: FloatPicture[]) => void;

export interface TrainerOptions {
  state?: TrainerState | null;
  /** A LoRA to start from, and what to call it in errors. */
  warmStart?: { file: LoraFile; name: string } | null;
  onPhase?: OnPhase;
  /** Puts a bench around the run's own, which the method's step then works at: for those who count what it asks for. */
  around?(bench: Bench): Bench;
  /** Where a person is the reward: shows an update's pictures and waits for a vote on each. */
  ask?(pictures: FloatPicture[], prompts: readonly string[]): Promise<readonly Vote[]>;
  /** The pictures that "images" of the run file names. */
  pictures?: PictureSource | null;
}

/**
 * What can be checked about a run before a device exists.
 * @param hasPerson whether somebody is there who can be the reward
 * @throws UserError for a target that matches nothing, an unknown reward, a LoRA that does not fit
 */
export async function prepareRun(
  model: Pipeline['model'],
  run: RunFile,
  warmStart: TrainerOptions['warmStart'] = null,
  hasPerson = false,
): Promise<{ layout: LoraLayout; rewards: RewardMixture; initial: Float32Array<ArrayBuffer> }> {
  if (isJudgedByPerson(run) && !hasPerson) {
    throw new UserError(
      'With "reward.model" "person" somebody votes on the pictures, in the page: start it with npm start and drop the run file there, or name a reward of the bundle.',
    );
  }
  requireTexts(model.bundle, run.images === null ? [...run.prompts, ...run.samples.prompts] : run.samples.prompts);
  const layout = layoutOf(run, model.linears);
  const rewards = await RewardMixture.open(model.bundle, run.reward.model);
  const initial = warmStart
    ? factorsFromFile(layout, warmStart.file, warmStart.name)
    : initialFactors(layout, Random.stream(run.seed, 'factors'));
  return { layout, rewards, initial };
}

/** Every text that a run scores, but for words that are changed while it trains. */
export function textsOf(run: RunFile, pictures: Pick<PictureSource, 'count' | 'caption'> | null): string[] {
  const { prompts, reward, samples, wordHistory } = run;
  const captions = pictures
    ? Array.from({ length: pictures.count }, (_, i) => pictures.caption(i))
    : prompts.slice(0, run.steps * run.batch);
  const words = [reward, ...(wordHistory ?? [])].flatMap(({ positive, negative }) => [...positive, ...negative]);
  const before = reward.form === 'prompt' ? [null, ...words] : words;
  const texts = [...captions, ...samples.prompts].flatMap((prompt) => before.map((word) => textOf(prompt, word)));
  return [...new Set(texts)];
}

/**
 * The pictures that a run trains from; null where it rolls out.
 * @throws UserError where they are missing, or not those of the saved state
 */
function picturesOfRun({ images }: RunFile, { pictures, state }: TrainerOptions): PictureSource | null {
  if (images === null) return null;
  if (!pictures) {
    throw new UserError(
      `The run trains from the pictures ${quoted(images)}, which are not here: store a set of this name, or set "images" to null.`,
    );
  }
  if (state && state.pictures !== pictures.fingerprint) throw otherPictures(images);
  return pictures;
}

/** A set of pictures that has changed since the run was begun. */
export const otherPictures = (images: string): UserError =>
  new UserError(
    `The pictures ${quoted(images)} are not those that the run was begun with: put files and captions back as they were, or begin the run anew.`,
  );

/** What sample pictures are drawn with, so many at a time. */
interface SampleDrawer {
  rows: number;
  sampler: Sampler;
  decoder: Compiled;
}

export class Trainer {
  /** Updates done. */
  step: number;
  words: ControlWords;
  picture: TrainingPicture | null = null;
  readonly lora: DeviceLora;
  readonly #method: Method;
  #random: Random;

  private constructor(
    readonly pipeline: Pipeline,
    readonly run: RunFile,
    readonly rewards: RewardMixture,
    layout: LoraLayout,
    private readonly optimizer: AdamW,
    private readonly old: OldLora | null,
    readonly bench: ModelBench,
    private readonly alignment: MethodStep,
    readonly sampler: Sampler,
    readonly decoder: Compiled,
    private readonly drawer: SampleDrawer,
    private readonly pictures: PictureSource | null,
    state: TrainerState | null,
    private readonly onPhase: OnPhase,
  ) {
    this.lora = { layout, parameters: optimizer.parameters };
    this.step = state?.step ?? 0;
    this.words = state ?? run.reward;
    this.#method = methodOf(run.method);
    this.#random = state ? new Random(state.rngState) : Random.stream(run.seed, 'updates');
  }

  /** Compiles everything a run needs. Tuning happens here, once per adapter and shape. */
  static async create(pipeline: Pipeline, run: RunFile, options: TrainerOptions = {}): Promise<Trainer> {
    const { state = null, onPhase = () => {}, around = (bench) => bench, ask } = options;
    const { layout, rewards, initial } = await prepareRun(
      pipeline.model,
      run,
      state ? null : options.warmStart,
      ask !== undefined,
    );
    const source = picturesOfRun(run, options);
    if (state) Object.assign(pipeline.tuner.table, state.kernelVariants);
    const { gpu } = pipeline;
    /** What is on the device so far, should the rest fail or be called off. */
    const made: { destroy(): void }[] = [];
    const own = <T extends { destroy(): void }>(part: T): T => {
      made.push(part);
      return part;
    };
    try {
      await pipeline.readAhead(
        rewards.parts.map(({ reward }) => reward),
        textsOf(run, source),
      );
      const optimizer = own(new AdamW(gpu, layout.count));
      await optimizer.prepare();
      const { parameters, gradients } = optimizer;
      gpu.write(parameters, state?.parameters ?? initial);
      if (state) {
        gpu.write(optimizer.firstMoment, state.firstMoment);
        gpu.write(optimizer.secondMoment, state.secondMoment);
      }
      const lora = { layout, parameters };
      const method = methodOf(run.method);
      const old = method.oldLora ? own(new OldLora(gpu, parameters)) : null;
      if (old) {
        await old.prepare();
        if (state && !state.old) {
          throw new UserError(
            `The saved state has no old LoRA, which method "${method.id}" draws with: begin the run anew.`,
          );
        }
        gpu.write(old.parameters, state?.old ?? initial);
      }
      const oldLora = old ? { layout, parameters: old.parameters } : undefined;
      const pictures = run.batch;
      const decoder = own(await pipeline.decoder(run.batch));
      const { width, height } = pipeline.model.bundle.image;
      const askPerson: ModelBench['ask'] = async (x0, prompts) =>
        ask!(picturesOf(await decode(decoder, x0), width, height), prompts);
      const bench = own(
        new ModelBench({
          ...{ pipeline, run, rewards, lora, old: oldLora, gradients, pictures },
          ask: isJudgedByPerson(run) ? askPerson : undefined,
        }),
      );
      const sampler = await bench.sampler();
      // Where the processor computes, a picture of four takes four times as long as one alone: the first is there sooner.
      const drawer =
        gpu.description.software && pictures > 1
          ? { rows: 1, sampler: own(await pipeline.sampler(1, lora)), decoder: own(await pipeline.decoder(1)) }
          : { rows: pictures, sampler, decoder };
      const step = await method.open(around(bench), { run, options: run.options, inspect: false });
      return new Trainer(
        pipeline,
        run,
        rewards,
        layout,
        optimizer,
        old,
        bench,
        step,
        sampler,
        decoder,
        drawer,
        source,
        state,
        onPhase,
      );
    } catch (error) {
      for (const part of made.reverse()) part.destroy();
      throw error;
    }
  }

  /** New control words from the next update on. */
  setWords(words: ControlWords): void {
    if (!words.positive.length || !words.negative.length)
      throw new UserError('Keep at least one word in each list of control words.');
    this.words = words;
  }

  /**
   * One update: its random choices, the method's step, AdamW.
   * @throws UserError where loss or gradient is not finite; the LoRA is then as it was before
   */
  async update(): Promise<Metrics> {
    const started = performance.now();
    const { run, pipeline } = this;
    const n = this.step;
    const { latentSize } = pipeline.model;
    const { sigmas } = this.bench;
    const context = { method: this.#method, run, update: n, sigmas, latentSize, pictures: this.pictures?.count };
    const { plan, noise, extra, pictures: drawn } = drawUpdate(context, this.#random);
    const prompts = drawn?.map((i) => this.pictures!.caption(i)) ?? promptsOf(context);
    const given = drawn && (await this.pictures!.latents(drawn));
    const at = <T>(list: readonly T[]): T => list[n % list.length];
    const words: RewardWords = { positive: at(this.words.positive), negative: at(this.words.negative) };
    const { onPhase } = this;
    const result = await this.bench.update(this.alignment, { plan, prompts, words, noise, extra, x0: given, onPhase });
    const numbers = [...Object.values(result.metrics), ...result.reward, result.loss];
    const finite = numbers.every((v) => v === null || Number.isFinite(v)) && allFinite(result.x0);
    if (!finite) throw await this.#notFinite('loss', noise, prompts);

    const { learningRate, weightDecay, clipNorm } = run.optimizer;
    const passes = this.#method.passes?.(run.options) ?? 1;
    // AdamW counts its steps, of which an update may have several; the norm is that of the first.
    let gradNorm = 0;
    for (let pass = 0; pass < passes; pass++) {
      if (pass > 0) await this.bench.again(this.alignment);
      this.optimizer.step({ learningRate, weightDecay, clipNorm, step: n * passes + pass + 1 });
      const norm = await this.optimizer.readNorm();
      if (!Number.isFinite(norm)) throw await this.#notFinite('gradient', noise, prompts);
      if (pass === 0) gradNorm = norm;
    }
    this.old?.follow(this.#method.oldLora!.keeps(run.options, n + 1));
    this.onPhase('branches', 1, 1);

    const { x0, reward, loss } = result;
    const pictures = await decode(this.decoder, x0);
    const size = pipeline.model.latentSize;
    const first = { noise: noise.subarray(0, size), x0: x0.subarray(0, size) };
    this.step = n + 1;
    const metrics: Metrics = {
      step: this.step,
      plan: drawn ? { ...plan, pictures: drawn } : plan,
      reward: reward.reduce((a, b) => a + b, 0) / reward.length,
      loss,
      ...result.metrics,
      gradNorm,
      saturation: saturation(pictures),
      ...words,
      seconds: (performance.now() - started) / 1000,
    };
    this.picture = { prompt: prompts[0], ...first, ...words, update: metrics };
    return metrics;
  }

  /**
   * The sample grid: every sample prompt i from noise samples.seed + i, drawn with the LoRA as it is now.
   * @param onDrawn called with the pictures of each batch, from picture number `first` on
   */
  async samples(onDrawn: OnDrawn = () => {}): Promise<FloatPicture[]> {
    const { prompts, seed } = this.run.samples;
    const { rows: batch, sampler, decoder } = this.drawer;
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
      await sampler.run(
        rows,
        index.map((i) => prompts[i]),
        steps,
        guidance,
      );
      const drawn = picturesOf(await decode(decoder, await sampler.read()), width, height);
      pictures.push(...drawn);
      onDrawn(first, drawn.slice(0, prompts.length - first));
      this.onPhase('samples', Math.min(first + batch, prompts.length), prompts.length);
    }
    return pictures.slice(0, prompts.length);
  }

  /**
   * How much of the wanted words the run's rewards see in sample pictures: the mean of f·(C₊ − C₋) over pictures and
   * words, by the rewards' shares; null where none of them reads text.
   */
  async perceived(pictures: readonly FloatPicture[]): Promise<number | null> {
    const readers = this.rewards.parts.filter(({ reward }) => reward.text);
    if (readers.length === 0) return null;
    const { prompts } = this.run.samples;
    const scorer = await RewardScorer.create(
      this.pipeline,
      readers.map(({ reward }) => reward.name),
    );
    try {
      const embedded = await scorer.embed(pictures);
      const shares = readers.reduce((sum, { share }) => sum + share, 0);
      const { positive, negative } = this.words;
      let total = 0;
      for (const [r, { share }] of readers.entries()) {
        for (const [i, picture] of embedded.entries()) {
          const mean = async (words: readonly string[]) => {
            let sum = 0;
            for (const word of words) sum += await scorer.score(picture, scorer.rewards[r], textOf(prompts[i], word));
            return sum / words.length;
          };
          total += (share / shares) * ((await mean(positive)) - (await mean(negative)));
        }
      }
      return total / embedded.length;
    } finally {
      scorer.destroy();
    }
  }

  /** Why a number of this update is not finite: the base, the guidance, the LoRA it began with, or the updates so far. */
  async #notFinite(what: string, noise: Float32Array, prompts: readonly string[]): Promise<UserError> {
    const { steps, guidance } = this.run.rollout;
    try {
      // Methods roll out in parts, or with another LoRA: a whole rollout tells base and guidance apart.
      await this.sampler.run(noise, prompts, steps, guidance);
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
    const rewards = this.rewards.parts.map(({ reward }) => reward.name).join(', ');
    return new UserError(
      `${sentence} although nothing has been trained yet: weights of the autoencoder or of a reward (${rewards}) are damaged or too large; choose another base or reward.`,
    );
  }

  /** Everything a resume needs, copied off the device. */
  async state(): Promise<TrainerState> {
    const { gpu, tuner } = this.pipeline;
    const { parameters, firstMoment, secondMoment } = this.optimizer;
    const buffers = [parameters, firstMoment, secondMoment, ...(this.old ? [this.old.parameters] : [])];
    const copies = await Promise.all(buffers.map((buffer) => gpu.readFloats(buffer)));
    return {
      step: this.step,
      parameters: copies[0],
      firstMoment: copies[1],
      secondMoment: copies[2],
      ...(this.old ? { old: copies[3] } : {}),
      rngState: this.#random.save(),
      kernelVariants: { ...tuner.used },
      positive: [...this.words.positive],
      negative: [...this.words.negative],
      ...(this.pictures ? { pictures: this.pictures.fingerprint } : {}),
    };
  }

  destroy(): void {
    this.bench.destroy();
    this.decoder.destroy();
    if (this.drawer.decoder !== this.decoder) {
      this.drawer.sampler.destroy();
      this.drawer.decoder.destroy();
    }
    this.alignment.destroy();
    this.optimizer.destroy();
    this.old?.destroy();
  }
}

/** Pictures of a batch's clean latents. */
async function decode(decoder: Compiled, latents: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
  decoder.write('latents', latents);
  await decoder.runAndWait();
  return decoder.read('picture');
}

/** What the file writers take: the factors of a state as a file means them, and where they come from. */
export function loraExport(
  run: RunFile,
  layout: LoraLayout,
  parameters: Float32Array,
  step: number,
  baseHash: string,
): LoraExport {
  const { run: begun, changes } = withoutHistory(run);
  const own = { tensors: tensorsForFile(layout, parameters), rank: layout.rank, run: begun, step, baseHash };
  const wordChanges = changes.filter((change) => change.step < step);
  return wordChanges.length > 0 ? { ...own, wordChanges } : own;
}
