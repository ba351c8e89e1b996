/**
 * @file A bundle on a device: text encoding, sampling and decoding. What `generate` and every alignment
 * method share.
 */

import { Arena } from '../compiler/arena';
import { type CompileOptions, compile } from '../compiler/compile';
import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import type { Tuner } from '../gpu/tuner';
import type { Executable } from '../graph/executable';
import { input, reachable, type Value, weightOp } from '../graph/graph';
import type { LoraLayout } from '../lora/layout';
import type { VelocityRow } from '../methods/bench';
import { concatFloats, repeatRows } from '../methods/rows';
import { samplerSigmas } from '../methods/sigmas';
import { atLevel } from '../methods/velocity';
import { encode } from '../models/autoencoder-tiny';
import { blockOf } from '../models/blocks';
import { sinusoidal } from '../models/flux';
import type { EncodedText, TextEncoder } from '../models/text-encoder';
import { type WeightScope, WeightStore } from '../models/weights';
import { concat } from '../ops/concat';
import { rowCombine } from '../ops/row-combine';
import { slice } from '../ops/slice';
import type { OpenReward, TextDesk } from '../rewards/reward';
import { latents, type Model, picture, velocity, writePooled } from './model';
import { ModulationCache } from './modulations';
import { allFinite, type Culprit, notFiniteError } from './not-finite';

/** A LoRA's factors on the device. */
export interface DeviceLora {
  layout: LoraLayout;
  parameters: GpuBuffer;
}

/** Writes the text of a velocity call, one a row, and the guidance where the model embeds one. */
export function writeText(
  to: Pick<Executable, 'write' | 'has'>,
  { tokens, pooled }: Conditioning,
  rows: number,
  guidance: number,
  call = '',
): void {
  to.write(`${call}tokens`, tokens);
  writePooled(to, pooled, rows, guidance, call);
}

/** Prompts whose text states are kept. Captions of pictures may be many, and each is read with every control word. */
const ENCODED_PROMPTS = 512;

/** Texts whose features are kept, of all rewards together. */
const READ_TEXTS = 4096;

/** Text states of prompts, one row a prompt. */
export type Conditioning = Pick<EncodedText, 'tokens' | 'pooled'>;

export class Pipeline implements TextDesk {
  /** Intermediates of the sampler, the step, the decoder and the timeline, which never run together. */
  readonly arena: Arena;
  /** So many bytes of the inside of blocks are kept for a gradient before they are computed again instead. */
  keptForGradients = 2 ** 30;
  readonly #modulations = new ModulationCache(this);
  #encoded = new Map<string, Conditioning>();
  #toldCut = new Set<string>();
  /** Features by reward and text. */
  #features = new Map<string, Float32Array>();
  /** Text towers of rewards by their names. */
  readonly #towers = new Map<string, Promise<{ program: Compiled; store: WeightStore }>>();

  constructor(
    readonly gpu: Gpu,
    readonly model: Model,
    readonly text: TextEncoder,
    readonly tuner: Tuner,
    /** Called with a sentence for a prompt that was cut, once a prompt. */
    readonly onWarning: (message: string) => void = () => {},
    readonly onTuning: (done: number, total: number) => void = () => {},
    readonly store = new WeightStore(gpu),
  ) {
    this.arena = new Arena(gpu);
  }

  /** Whether a text that a reward reads was cut before: it is told once, not for each prompt with each word. */
  #toldScored = false;

  /**
   * Text states and pooled embeddings, each prompt encoded once.
   * @param isScored where they are what a reward reads, a control word and its prompt: nobody wrote those
   */
  async encode(prompts: readonly string[], isScored = false): Promise<Conditioning> {
    const rows = [];
    for (const prompt of prompts) {
      let row = this.#encoded.get(prompt);
      if (!row) {
        const { tokens, pooled, warnings, hidden } = await this.text.encode([prompt]);
        const { joint_attention_dim: wanted } = this.model.bundle.transformer;
        if (hidden !== wanted)
          throw new UserError(`The text encoder gives ${hidden} channels, the transformer expects ${wanted}.`);
        row = { tokens, pooled };
        if (this.#encoded.size >= ENCODED_PROMPTS) this.#encoded.delete(this.#encoded.keys().next().value!);
        this.#encoded.set(prompt, row);
        for (const warning of warnings) {
          if (!isScored) {
            if (!this.#toldCut.has(warning)) this.onWarning(warning);
            this.#toldCut.add(warning);
          } else this.onCut(warning);
        }
      }
      rows.push(row);
    }
    return { tokens: concatFloats(rows.map((r) => r.tokens)), pooled: concatFloats(rows.map((r) => r.pooled)) };
  }

  onCut(warning: string): void {
    if (this.#toldScored) return;
    this.#toldScored = true;
    this.onWarning(warning.replace(/^Prompt cut/, 'A control word and its prompt, as the reward reads them, are cut'));
  }

  async pooled(text: string): Promise<Float32Array> {
    return (await this.encode([text], true)).pooled;
  }

  async program(name: string, trace: () => Record<string, Value>, scopes: readonly WeightScope[]): Promise<Compiled> {
    let tower = this.#towers.get(name);
    if (!tower) {
      // Weights of their own, which go when the tower does.
      const store = new WeightStore(this.gpu);
      tower = this.#compile(store, trace(), scopes).then((program) => ({ program, store }));
      this.#towers.set(name, tower);
      tower.catch(() => {
        this.#towers.delete(name);
        store.destroy();
      });
    }
    return (await tower).program;
  }

  /**
   * Reads texts of rewards that have a text tower, before memory is needed for other things, and gives the tower's back.
   * @param texts those beyond what is kept are read when they are wanted
   */
  async readAhead(rewards: readonly OpenReward[], texts: readonly string[]): Promise<void> {
    // Where memory is counted there is nothing to read, and what is given back does not count.
    if (!this.store.reads) return;
    const readers = rewards.filter(({ hasTextTower }) => hasTextTower);
    const most = Math.floor(READ_TEXTS / Math.max(readers.length, 1));
    for (const reward of readers) for (const text of texts.slice(0, most)) await this.features(reward, text);
    await this.#closeTowers();
  }

  async #closeTowers(): Promise<void> {
    const towers = [...this.#towers.values()];
    this.#towers.clear();
    for (const { program, store } of await Promise.all(towers)) {
      program.destroy();
      store.destroy();
    }
  }

  /** C of a text, as a reward that reads text reads it; read once. */
  async features(reward: Pick<OpenReward, 'name' | 'text'>, text: string): Promise<Float32Array> {
    const key = `${reward.name}\n${text}`;
    let features = this.#features.get(key);
    if (!features) {
      if (!reward.text) throw new Error(`reward ${reward.name} reads no text`);
      features = await reward.text(text, this);
      if (this.#features.size >= READ_TEXTS) this.#features.delete(this.#features.keys().next().value!);
      this.#features.set(key, features);
    }
    return features;
  }

  /**
   * Writes the levels σ of a velocity call, one a row, with the prompts and the guidance that its modulations are of.
   * @param ahead calls that come after it, with the same guidance
   */
  async writeLevels(
    to: Pick<Executable, 'write' | 'has'>,
    rows: readonly VelocityRow[],
    guidance: number,
    { call = '', ahead = [] }: { call?: string; ahead?: readonly VelocityRow[] } = {},
  ): Promise<void> {
    if (to.has(`${call}modulations`)) to.write(`${call}modulations`, await this.#modulations.of(rows, guidance, ahead));
    else to.write(`${call}time`, sinusoidal(rows.map(({ sigma }) => sigma)));
  }

  /** Does something with a graph whose weights are on the device meanwhile only. */
  async once<T>(outputs: Record<string, Value>, use: (program: Compiled) => Promise<T>): Promise<T> {
    const store = new WeightStore(this.gpu);
    try {
      const program = await this.#compile(store, outputs, [this.model.transformer]);
      try {
        return await use(program);
      } finally {
        program.destroy();
      }
    } finally {
      store.destroy();
    }
  }

  /** Compiles a graph with this bundle's weights, and the LoRA's factors where it has one. */
  async compile(
    outputs: Record<string, Value>,
    scopes: readonly WeightScope[] = [],
    lora: DeviceLora | null = null,
    options: Partial<CompileOptions> = {},
  ): Promise<Compiled> {
    return this.#compile(this.store, outputs, [this.model.transformer, this.model.vae, ...scopes], lora, options);
  }

  async #compile(
    store: WeightStore,
    outputs: Record<string, Value>,
    scopes: readonly WeightScope[],
    lora: DeviceLora | null = null,
    options: Partial<CompileOptions> = {},
  ): Promise<Compiled> {
    const weights = reachable(Object.values(outputs)).filter((v) => v.op === weightOp);
    await store.load(weights, scopes);
    return compile(this.gpu, outputs, {
      recompute: { blockOf, above: this.keptForGradients },
      tuner: this.tuner,
      onTuning: this.onTuning,
      arena: this.arena,
      ...options,
      place: (leaf) =>
        options.place?.(leaf) ??
        store.place(leaf) ??
        (lora ? lora.layout.range(lora.parameters, leaf.attrs.name) : undefined),
    });
  }

  /** A sampler for `rows` pictures at once; without `guided` a model that embeds no guidance takes the conditional velocity. */
  sampler(rows: number, lora: DeviceLora | null = null, guided = true): Promise<Sampler> {
    return Sampler.create(this, rows, lora, guided);
  }

  /** A decoder of packed latents to pictures [rows, H, W, 3] in [0, 1]; input `latents`, output `picture`. */
  decoder(rows: number): Promise<Compiled> {
    return this.compile({ picture: picture(this.model, latents(this.model, rows, 'latents')) });
  }

  /** An encoder of pictures [rows, H, W, 3] in [0, 1] to packed latents; input `picture`, output `latents`. */
  encoder(rows: number): Promise<Compiled> {
    const { bundle, vae, statistics } = this.model;
    const { width, height } = bundle.image;
    return this.compile({ latents: encode(bundle.vae, vae, input('picture', [rows, height, width, 3]), statistics) });
  }

  destroy(): void {
    this.#closeTowers().catch(() => {});
    this.store.destroy();
  }
}

/** Deterministic Euler sampling of the flow from noise to a clean picture's latents. */
export class Sampler {
  /** What `run` was last given, to find out why it failed. */
  #last: [noise: Float32Array, prompts: readonly string[], steps: number, guidance: number] | null = null;

  private constructor(
    private readonly pipeline: Pipeline,
    readonly rows: number,
    private readonly lora: DeviceLora | null,
    readonly program: Compiled,
    /** Whether each step calls the network for the empty prompt too. */
    private readonly classifierFree: boolean,
  ) {}

  static async create(pipeline: Pipeline, rows: number, lora: DeviceLora | null, guided: boolean): Promise<Sampler> {
    const { model } = pipeline;
    const classifierFree = guided && !model.bundle.transformer.guidance_embeds;
    const x = latents(model, rows, 'x');
    let next: Value;
    if (!classifierFree) {
      next = rowCombine(input('step', [rows, 2]), [x, velocity(model, lora?.layout ?? null, rows, x)]);
    } else {
      // Classifier-free guidance v_u + G(v − v_u): prompts in the first rows, the empty prompt in the others.
      const both = velocity(model, lora?.layout ?? null, 2 * rows, concat([x, x], 0));
      next = rowCombine(input('step', [rows, 3]), [x, slice(both, 0, 0, rows), slice(both, 0, rows, rows)]);
    }
    const program = await pipeline.compile({ next }, [], lora);
    return new Sampler(pipeline, rows, lora, program, classifierFree);
  }

  /**
   * Runs the whole trajectory; the clean latents stay on the device (`read`).
   * @param noise [rows, image tokens, in_channels]
   * @param steps Euler steps over shift(linspace(1, 0, steps + 1))
   * @param onStep called after each step of those that run
   * @param part only steps `from` ≤ i < `to`; `onState(i)` may read x_i
   */
  async run(
    noise: Float32Array,
    prompts: readonly string[],
    steps: number,
    guidance: number,
    onStep?: (done: number, total: number) => void,
    part: { from?: number; to?: number; onState?(i: number): Promise<void> } = {},
  ): Promise<void> {
    const { pipeline, program, rows, classifierFree } = this;
    const { from = 0, to = steps, onState } = part;
    this.#last = from === 0 && to === steps ? [noise, prompts, steps, guidance] : null;
    const { bundle } = pipeline.model;
    const texts = classifierFree ? [...prompts, ...prompts.map(() => '')] : prompts;
    const conditioning = await pipeline.encode(texts);
    program.write('x', noise as Float32Array<ArrayBuffer>);
    writeText(program, conditioning, rows, guidance);
    const sigmas = samplerSigmas(steps, bundle.shift(steps));
    const levels = (i: number) => atLevel(texts, sigmas[i]);
    const ahead = Array.from({ length: to - from }, (_, i) => levels(from + i)).flat();
    await onState?.(from);
    for (let i = from; i < to; i++) {
      const delta = sigmas[i + 1] - sigmas[i];
      await pipeline.writeLevels(program, levels(i), guidance, { ahead });
      program.write(
        'step',
        repeatRows(classifierFree ? [1, delta * guidance, delta * (1 - guidance)] : [1, delta], rows),
      );
      await program.runAndWait();
      const next = program.range('next').range;
      const x = program.range('x').range;
      pipeline.gpu.copy(next.buffer, x.buffer, x.bytes, next.offset, x.offset);
      onStep?.(i + 1 - from, to - from);
      await onState?.(i + 1);
    }
  }

  /** The latents as they are after the last step that ran, whatever they hold. */
  state(): Promise<Float32Array<ArrayBuffer>> {
    return this.program.read('x');
  }

  /**
   * The clean latents of the last run, [rows, image tokens, in_channels].
   * @throws NotFiniteError where they are no picture, naming the cause
   */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const clean = await this.program.read('x');
    if (allFinite(clean) || !this.#last) return clean;
    const guidance = this.#last[3];
    throw notFiniteError(await this.#culprit(...this.#last), this.pipeline.model.bundle.name, guidance);
  }

  /** Draws again without the LoRA, then without guidance too; the LoRA is afterwards as it was. */
  async #culprit(noise: Float32Array, prompts: readonly string[], steps: number, guidance: number): Promise<Culprit> {
    const { gpu } = this.pipeline;
    const drawsFinite = async (guidance: number) => {
      await this.run(noise, prompts, steps, guidance);
      return allFinite(await this.program.read('x'));
    };
    const factors = this.lora && (await gpu.readFloats(this.lora.parameters));
    try {
      if (this.lora && factors) {
        gpu.write(this.lora.parameters, new Float32Array(factors.length));
        if (await drawsFinite(guidance)) return 'LoRA';
      }
      return guidance > 1 && (await drawsFinite(1)) ? 'guidance' : 'base';
    } finally {
      if (this.lora && factors) gpu.write(this.lora.parameters, factors);
    }
  }

  destroy(): void {
    this.program.destroy();
  }
}
