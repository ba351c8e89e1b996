/**
 * @file Draws pictures and timelines with one LoRA. Compiled programs are kept from one drawing to the next, and the
 * LoRA's numbers may change between them.
 */
import { picturesOf, toRgba } from '../align/picture';
import type { DeviceLora, Pipeline, Sampler } from '../align/pipeline';
import { noiseOf } from '../align/random';
import { TimelineDrawer } from '../align/timeline';
import type { Compiled } from '../compiler/compiled';
import { type RunFile, runFileKey } from '../formats/run-file';
import { RewardMixture } from '../rewards/mixture';
import type { Picture, Timeline } from './protocol';

/** Noise levels of the training picture's timeline, from much noise to little. */
export const TIMELINE_SIGMAS = [0.98, 0.96, 0.9, 0.83, 0.76, 0.7, 0.6, 0.48, 0.36, 0.25, 0.15, 0.06];

export interface PicturesOf {
  prompts: readonly string[];
  /** Every prompt is drawn with every seed. */
  seeds: readonly number[];
  steps: number;
  guidance: number;
}

export interface TimelineRequest {
  run: RunFile;
  prompt: string;
  seed: number;
  sigmas: readonly number[];
  positive: string;
  negative: string;
  /** Updates behind the LoRA. */
  step: number;
  todaySigma: number | null;
  /** The picture; where it is missing it is drawn from `prompt` and `seed`. */
  given?: { noise: Float32Array; x0: Float32Array } | null;
}

/** Called between pieces of work; throwing from it ends the drawing. */
export type OnProgress = (done: number, total: number) => void;

export class Artist {
  #samplers = new Map<number, Sampler>();
  #decoders = new Map<number, Compiled>();
  #timelines: { key: string; drawer: TimelineDrawer } | null = null;

  /** @param LoRA null for the base */
  constructor(
    readonly pipeline: Pipeline,
    readonly lora: DeviceLora | null,
  ) {}

  /** One batch of the pictures of `of`, from number `first` on; prompts outermost. Returns as many as fit a batch. */
  async pictures(of: PicturesOf, first: number, onProgress: OnProgress = () => {}): Promise<Picture[]> {
    const { prompts, seeds, steps, guidance } = of;
    const total = prompts.length * seeds.length;
    const rows = batchRows(total);
    const { latentSize } = this.pipeline.model;
    // The last batch is filled up by going round.
    const index = Array.from({ length: rows }, (_, i) => (first + i) % total);
    const noise = new Float32Array(rows * latentSize);
    index.forEach((n, i) => {
      noise.set(noiseOf(seeds[n % seeds.length], 1, latentSize), i * latentSize);
    });
    const sampler = await this.#sampler(rows);
    await sampler.run(
      noise,
      index.map((n) => prompts[Math.floor(n / seeds.length)]),
      steps,
      guidance,
      onProgress,
    );
    return (await this.#decode(await sampler.read(), rows)).slice(0, total - first);
  }

  /**
   * A picture seen at every noise level.
   * @returns the timeline, and the seconds it took without compiling
   */
  async timeline(of: TimelineRequest, onProgress?: OnProgress): Promise<{ timeline: Timeline; seconds: number }> {
    const { run, prompt, seed, step, positive, negative, todaySigma } = of;
    const drawer = await this.#timelineDrawer(run);
    await this.#decoder(1);
    const { noise, x0 } = of.given ?? (await this.#draw(run, prompt, seed, onProgress));
    const started = performance.now();
    const columns = await drawer.draw({ prompt, noise, x0, positive, negative, sigmas: of.sigmas }, onProgress);
    const [clean] = await this.#decode(x0.slice(), 1);
    const timeline: Timeline = {
      prompt,
      seed,
      step,
      positive,
      negative,
      sigmaMin: run.timesteps.sigmaMin,
      sigmaMax: run.timesteps.sigmaMax,
      todaySigma,
      clean,
      columns: columns.map((column) => ({
        ...column,
        injected: pictureOf(column.injected),
        recovered: pictureOf(column.recovered),
        oneStep: pictureOf(column.oneStep),
      })),
    };
    return { timeline, seconds: (performance.now() - started) / 1000 };
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

  async #decode(latents: Float32Array<ArrayBuffer>, rows: number): Promise<Picture[]> {
    const { width, height } = this.pipeline.model.bundle.image;
    const decoder = await this.#decoder(rows);
    decoder.write('latents', latents);
    await decoder.runAndWait();
    return picturesOf(await decoder.read('picture'), width, height).map(pictureOf);
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
    const { bundle } = this.pipeline.model;
    const rewards = await RewardMixture.open(bundle, run.reward.model);
    const drawer = await TimelineDrawer.create(this.pipeline, run, rewards, this.lora);
    this.#timelines = { key, drawer };
    return drawer;
  }
}

/** Rows of a batch: few different numbers, so that programs are compiled once. */
export const batchRows = (pictures: number) => (pictures >= 4 ? 4 : pictures >= 2 ? 2 : 1);

const pictureOf = (picture: { width: number; height: number; data: Float32Array }): Picture => ({
  width: picture.width,
  height: picture.height,
  data: toRgba(picture),
});
