/**
 * @file Draws pictures and timelines with one LoRA. Compiled programs are kept from one drawing to the next, and the
 * LoRA's numbers may change between them.
 */
import type { Compiled } from '../compiler/compiled';
import { type Metrics, numberOf } from '../formats/metrics';
import { type RunFile, runFileKey } from '../formats/run-file';
import type { TimelineOf } from '../formats/timeline';
import { methodOf } from '../methods';
import { activeLevels } from '../methods/active-levels';
import { samplerSigmas } from '../methods/sigmas';
import { RewardMixture } from '../rewards/mixture';
import { type FloatPicture, picturesOf } from './picture';
import type { DeviceLora, Pipeline, Sampler } from './pipeline';
import { noiseOf } from './random';
import { TimelineDrawer } from './timeline';

/** Pictures to draw, each from its own seed. */
export interface Drawing {
  pictures: readonly { prompt: string; seed: number }[];
  steps: number;
  guidance: number;
}

export interface TimelineRequest {
  run: RunFile;
  prompt: string;
  seed: number;
  /** Noise levels, from much noise to little. */
  sigmas: readonly number[];
  positive: string;
  negative: string;
  /** Updates behind the LoRA. */
  step: number;
  /** The update nearest to it; null where there was none. */
  update: Metrics | null;
  /** The picture; where it is missing it is drawn from `prompt` and `seed`. */
  given?: { noise: Float32Array; x0: Float32Array } | null;
}

/** Called between pieces of work; throwing from it ends the drawing. */
export type OnProgress = (done: number, total: number) => void;

export class Artist {
  #samplers = new Map<number, Sampler>();
  #decoders = new Map<number, Compiled>();
  #timelines: { key: string; drawer: TimelineDrawer } | null = null;

  /** @param lora null for the base */
  constructor(
    readonly pipeline: Pipeline,
    readonly lora: DeviceLora | null,
  ) {}

  /**
   * One batch of a drawing, from picture number `first` on. Returns as many as fit a batch.
   * @param rows pictures of a batch
   */
  async pictures(
    { pictures, steps, guidance }: Drawing,
    first: number,
    onProgress: OnProgress = () => {},
    rows = batchRows(pictures.length),
  ): Promise<FloatPicture[]> {
    const total = pictures.length;
    const { latentSize } = this.pipeline.model;
    // The last batch is filled up by going round.
    const batch = Array.from({ length: rows }, (_, i) => pictures[(first + i) % total]);
    const noise = new Float32Array(rows * latentSize);
    batch.forEach(({ seed }, i) => {
      noise.set(noiseOf(seed, 1, latentSize), i * latentSize);
    });
    const sampler = await this.#sampler(rows);
    const prompts = batch.map(({ prompt }) => prompt);
    await sampler.run(noise, prompts, steps, guidance, onProgress);
    return (await this.#decode(await sampler.read(), rows)).slice(0, total - first);
  }

  /** A whole drawing. @param rows pictures of a batch */
  async draw(drawing: Drawing, rows = batchRows(drawing.pictures.length)): Promise<FloatPicture[]> {
    const drawn: FloatPicture[] = [];
    while (drawn.length < drawing.pictures.length) {
      drawn.push(...(await this.pictures(drawing, drawn.length, undefined, rows)));
    }
    return drawn;
  }

  /**
   * A picture seen at every noise level.
   * @returns the timeline, and the seconds it took without compiling
   */
  async timeline(
    of: TimelineRequest,
    onProgress?: OnProgress,
  ): Promise<{ timeline: TimelineOf<FloatPicture>; seconds: number }> {
    const { run, prompt, seed, step, positive, negative } = of;
    const drawer = await this.#timelineDrawer(run);
    await this.#decoder(1);
    const { noise, x0 } = of.given ?? (await this.#draw(run, prompt, seed, onProgress));
    const started = performance.now();
    const columns = await drawer.draw({ prompt, noise, x0, positive, negative, sigmas: of.sigmas }, onProgress);
    const [clean] = await this.#decode(x0.slice(), 1);
    const words = { form: run.reward.form, positive, negative };
    const timeline = { prompt, seed, step, ...words, ...this.#marks(run, of.update), clean, columns };
    return { timeline, seconds: (performance.now() - started) / 1000 };
  }

  /** What the run's method sees and trains, and where along σ the update's gradient went. */
  #marks(run: RunFile, update: TimelineRequest['update']) {
    const method = methodOf(run.method);
    const trained = method.reads.includes('timesteps.sigmaMin') ? run.timesteps : { sigmaMin: null, sigmaMax: null };
    const sigmas = samplerSigmas(run.rollout.steps, this.pipeline.model.bundle.shift(run.rollout.steps));
    return {
      sees: method.timeline.sees,
      sigmaMin: trained.sigmaMin,
      sigmaMax: trained.sigmaMax,
      todaySigma: update && numberOf(update, 'sigma'),
      active: update ? activeLevels(run, sigmas, update) : [],
    };
  }

  destroy(): void {
    for (const program of [...this.#samplers.values(), ...this.#decoders.values()]) program.destroy();
    this.#timelines?.drawer.destroy();
    this.#samplers.clear();
    this.#decoders.clear();
    this.#timelines = null;
  }

  async #draw({ rollout }: RunFile, prompt: string, seed: number, onProgress?: OnProgress) {
    const noise = noiseOf(seed, 1, this.pipeline.model.latentSize);
    const sampler = await this.#sampler(1);
    await sampler.run(noise, [prompt], rollout.steps, rollout.guidance, onProgress);
    return { noise, x0: await sampler.read() };
  }

  async #decode(latents: Float32Array<ArrayBuffer>, rows: number): Promise<FloatPicture[]> {
    const { width, height } = this.pipeline.model.bundle.image;
    const decoder = await this.#decoder(rows);
    decoder.write('latents', latents);
    await decoder.runAndWait();
    return picturesOf(await decoder.read('picture'), width, height);
  }

  async #sampler(rows: number): Promise<Sampler> {
    const sampler = this.#samplers.get(rows) ?? (await this.pipeline.sampler(rows, this.lora));
    this.#samplers.set(rows, sampler);
    return sampler;
  }

  async #decoder(rows: number): Promise<Compiled> {
    const decoder = this.#decoders.get(rows) ?? (await this.pipeline.decoder(rows));
    this.#decoders.set(rows, decoder);
    return decoder;
  }

  async #timelineDrawer(run: RunFile): Promise<TimelineDrawer> {
    const key = runFileKey(run);
    if (this.#timelines?.key === key) return this.#timelines.drawer;
    this.#timelines?.drawer.destroy();
    this.#timelines = null;
    const rewards = await RewardMixture.open(this.pipeline.model.bundle, run.reward.model);
    const drawer = await TimelineDrawer.create(this.pipeline, run, rewards, this.lora);
    this.#timelines = { key, drawer };
    return drawer;
  }
}

/** Rows of a batch: few different numbers, so that programs are compiled once. */
export const batchRows = (pictures: number) => (pictures >= 4 ? 4 : pictures >= 2 ? 2 : 1);

/** The run's sample pictures: prompt i from noise samples.seed + i. */
export const samplesOf = ({ samples: { prompts, seed }, rollout }: RunFile): Drawing => ({
  pictures: prompts.map((prompt, i) => ({ prompt, seed: seed + i })),
  steps: rollout.steps,
  guidance: rollout.guidance,
});

/** n noise levels from .98 down to .06, evenly spaced. */
export const timelineSigmas = (n: number): number[] => Array.from({ length: n }, (_, i) => 0.98 - (0.92 * i) / (n - 1));
