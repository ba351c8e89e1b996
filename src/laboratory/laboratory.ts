/**
 * @file The laboratory: one method at work on the plane, through the same code as on the real model. A reward that is
 * dragged or words that change need no new laboratory; other data, another seed or method do.
 */
import { noiseOf, Random } from '../align/random';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { Executable } from '../graph/executable';
import { type MethodId, methodOf } from '../methods';
import type { Bench } from '../methods/bench';
import { drawUpdate, promptsOf } from '../methods/draw-update';
import type { Method, MethodStep, StepResult } from '../methods/method';
import { samplerSigmas } from '../methods/sigmas';
import { HostAdamW } from './adamw';
import type { Base } from './base';
import { freshLora, LaboratoryBench } from './bench';
import type { Hills } from './hills';
import { type Measures, measure } from './measures';
import { type LaboratorySettings, runOf } from './run';
import { SAMPLES } from './sizes';

const SHIFT = 1;

/** One update, measured on the samples afterwards. */
export interface LaboratoryUpdate extends Measures {
  /** Updates done; 0 is the base. */
  step: number;
  loss: number | null;
}

/** Updates whose gradients make an arrow: one alone says more of its draw than of its method. */
const DRAWS = 3;
/** Where one step of a method's gradient moves the flow, of equal length in the LoRA's numbers for every method. */
const ARROW_STEP = 0.05;

export class Laboratory {
  /** Updates done. */
  step = 0;
  readonly run: RunFile;
  readonly #method: Method;
  readonly #bench: LaboratoryBench;
  readonly #optimizer: HostAdamW;
  readonly #random: Random;
  readonly #noise: Float32Array<ArrayBuffer>;
  #open: MethodStep | null = null;
  /** Those of the base and the LoRA as they are. */
  #paths: { at: string; paths: Promise<Float32Array<ArrayBuffer>> } | null = null;
  readonly #velocities = new Map<number, Promise<Executable>>();
  readonly #probes = new Map<MethodId, Promise<Probe>>();

  /** @throws UserError where the options are not the method's */
  constructor(
    readonly base: Base,
    settings: LaboratorySettings & { hills: Hills; ask?: Bench['ask'] },
  ) {
    this.run = runOf(settings);
    this.#method = methodOf(settings.method);
    const { seed, batch, rollout } = this.run;
    const sigmas = samplerSigmas(rollout.steps, SHIFT);
    const lora = freshLora(Random.stream(seed, 'factors'));
    this.#bench = new LaboratoryBench(batch, sigmas, base, settings.hills, lora, undefined, settings.ask);
    this.#optimizer = new HostAdamW(this.#bench.lora);
    this.#random = Random.stream(seed, 'updates');
    this.#noise = noiseOf(seed, SAMPLES, 2);
  }

  get hills(): Hills {
    return this.#bench.hills;
  }

  /** From the next update on. */
  set hills(hills: Hills) {
    this.#bench.hills = hills;
  }

  /** The rollout's levels, σ_0 = 1 … σ_N = 0. */
  get sigmas(): readonly number[] {
    return this.#bench.sigmas;
  }

  /** One update, and what it has made of the samples. @throws UserError where numbers are no longer finite */
  async update(): Promise<LaboratoryUpdate> {
    const { run } = this;
    const method = this.#method;
    const bench = this.#bench;
    this.#open ??= await method.open(bench, { run, options: run.options, inspect: false });
    const step = this.#open;
    const { loss } = await compute({ method, run, bench, step, update: this.step, random: this.#random });
    const { learningRate, weightDecay, clipNorm } = run.optimizer;
    const passes = method.passes?.(run.options) ?? 1;
    for (let pass = 0; pass < passes; pass++) {
      if (pass > 0) {
        bench.clearGradient();
        await step.again!();
      }
      const at = this.step * passes + pass + 1;
      const norm = this.#optimizer.step(bench.gradient, { learningRate, weightDecay, clipNorm, step: at });
      if (!Number.isFinite(norm)) throw this.#notFinite();
    }
    this.step++;
    if (method.oldLora) bench.follow(method.oldLora.keeps(run.options, this.step));
    const measured = { ...(await this.measure()), loss };
    if (!Number.isFinite(measured.spread)) throw this.#notFinite();
    return measured;
  }

  #notFinite(): UserError {
    return new UserError(
      `After ${this.step} updates the points have left every bound: begin anew with a lower learning rate.`,
    );
  }

  /** What the samples are now. */
  async measure(): Promise<LaboratoryUpdate> {
    const measures = measure(await this.samples(), this.base.spots, this.hills);
    return { step: this.step, loss: null, ...measures };
  }

  /** The drawn points [n, 2], always from the same noise. */
  async samples(): Promise<Float32Array<ArrayBuffer>> {
    return (await this.paths()).slice(-2 * SAMPLES);
  }

  /** The way of each sample: [N + 1, n, 2], from noise to clean. */
  async paths(): Promise<Float32Array<ArrayBuffer>> {
    const now = `${this.base.step} ${this.step}`;
    if (this.#paths?.at !== now) this.#paths = { at: now, paths: this.#path(this.#noise) };
    return this.#paths.paths;
  }

  /** The way of one point from this noise: [N + 1, 2]. */
  async trajectory(x: number, y: number): Promise<Float32Array<ArrayBuffer>> {
    return this.#path(Float32Array.of(x, y));
  }

  /** Velocities [n, 2] at points [n, 2], at one level or at each point's own. */
  async velocities(points: Float32Array, sigma: number | readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const n = points.length / 2;
    let program = this.#velocities.get(n);
    if (!program) {
      program = this.#bench.compile({ v: this.#bench.velocity(this.#bench.latents('x', n)) });
      this.#velocities.set(n, program);
    }
    const opened = await program;
    opened.write('x', points);
    const level = (i: number) => (typeof sigma === 'number' ? sigma : sigma[i]);
    await this.#bench.writeVelocity(
      opened,
      Array.from({ length: n }, (_, i) => ({ prompt: '', sigma: level(i) })),
    );
    await opened.runAndWait();
    return opened.read('v');
  }

  /**
   * Where one step against a method's gradient, of equal length for every method, would bend the way of points: −Δv.
   * Trains nothing and draws from a stream of its own.
   *
   * @param points [n, 2]  @param sigmas level of each
   * @returns [n, 2]; zeros where the gradient is zero
   */
  async arrows(method: MethodId, points: Float32Array, sigmas: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { lora } = this.#bench;
    const gradient = await this.#gradientOf(method);
    const norm = Math.hypot(...Object.values(gradient).map((part) => Math.hypot(...part)));
    const before = await this.velocities(points, sigmas);
    if (!(norm > 0)) return before.fill(0);
    const kept = Object.entries(gradient).map(([name, part]) => {
      const was = lora[name].slice();
      for (let i = 0; i < part.length; i++) lora[name][i] -= (ARROW_STEP / norm) * part[i];
      return () => lora[name].set(was);
    });
    const after = await this.velocities(points, sigmas);
    for (const restore of kept) restore();
    return before.map((v, i) => v - after[i]);
  }

  /** The gradient of a few of a method's updates at the LoRA as it is. */
  async #gradientOf(id: MethodId): Promise<Record<string, Float32Array>> {
    let probe = this.#probes.get(id);
    if (!probe) {
      probe = this.#probe(id);
      this.#probes.set(id, probe);
    }
    const { method, run, bench, step } = await probe;
    bench.hills = this.hills;
    // The same draws at every look, so that arrows change with the LoRA alone.
    const random = Random.stream(this.run.seed, 'updates');
    const sum: Record<string, Float32Array> = {};
    for (let draw = 0; draw < DRAWS; draw++) {
      await compute({ method, run, bench, step, update: this.step + draw, random });
      for (const [name, part] of Object.entries(bench.gradient)) {
        const before = sum[name];
        sum[name] = before ? part.map((v, i) => v + before[i]) : part;
      }
    }
    return sum;
  }

  async #probe(id: MethodId): Promise<Probe> {
    const run = id === this.run.method ? this.run : runOf({ method: id, seed: this.run.seed });
    const method = methodOf(id);
    const bench = this.#bench.sharing(run.batch);
    const step = await method.open(bench, { run, options: run.options, inspect: false });
    return { method, run, bench, step };
  }

  #rollout(x: Float32Array, keep: readonly number[]): ReturnType<Bench['rollout']> {
    return this.#bench.rollout({ x, prompts: new Array(x.length / 2).fill(''), keep });
  }

  async #path(x: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    const states = this.sigmas.map((_, i) => i);
    const { kept } = await this.#rollout(x, states);
    const out = new Float32Array(states.length * x.length);
    for (const i of states) out.set(kept.get(i)!, i * x.length);
    return out;
  }
}

/** A method opened on a bench of its own, that is asked for gradients alone. */
interface Probe {
  method: Method;
  run: RunFile;
  bench: LaboratoryBench;
  step: MethodStep;
}

/** One update's loss and gradient, as the trainer computes it (align/trainer.ts). */
function compute({
  method,
  run,
  bench,
  step,
  update,
  random,
}: Probe & { update: number; random: Random }): Promise<StepResult> {
  const context = { method, run, update, sigmas: bench.sigmas, latentSize: 2 };
  const drawn = drawUpdate(context, random);
  bench.clearGradient();
  const words = { positive: run.reward.positive[0], negative: run.reward.negative[0] };
  return step.run({ ...drawn, prompts: promptsOf(context), words, x0: null, onPhase: () => {} });
}
