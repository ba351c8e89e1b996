/**
 * @file The step of GRPO: the window's steps are drawn from Gaussians, and the log-probability of what was drawn is
 * pushed up or down by the picture's advantage.
 *
 *     logp = mean over elements of −(x'−μ)²/(2g²(−Δ)) − ln(g√(−Δ)) − ½ ln 2π,  ρ = exp(logp − logp_old)
 *     L    = mean over rows and window steps of max(−A·ρ, −A·clip(ρ, 1 ± clip)) + kl·mean (μ − μ_base)²/(2g²)
 */
import type { Executable } from '../../graph/executable';
import { constant, input, type Value } from '../../graph/graph';
import { clippedSurrogate, UNMOVED } from '../../ops/clipped-surrogate';
import { reshape } from '../../ops/reshape';
import { rowCombine } from '../../ops/row-combine';
import { rowDot } from '../../ops/row-dot';
import { GroupReward } from '../advantage';
import type { Bench, NamedTensor } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { repeatRows } from '../rows';
import { atLevel, Velocity } from '../velocity';
import { logPeak, type Sde, type Transition, transition } from './transition';

export interface GrpoOptions {
  sde: Sde;
  eta: number;
  window: number;
  advance: number;
  clip: number;
  kl: number;
  inner: number;
  group: number;
  sameNoise: boolean;
}

export interface GrpoPlan {
  /** Steps a ≤ i < b are stochastic. */
  window: [number, number];
}

/** A step of the window as the rollout went through it. */
interface Visited {
  i: number;
  x: Float32Array<ArrayBuffer>;
  next: Float32Array<ArrayBuffer>;
  /** log-probability [n] at the rollout; UNMOVED until the first pass has computed it. */
  old: Float32Array<ArrayBuffer>;
}

/** The loss of one step of the window, and its gradient. */
class WindowStep {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
    private readonly options: GrpoOptions,
  ) {}

  static async open(bench: Bench, options: GrpoOptions): Promise<WindowStep> {
    const n = bench.pictures;
    const flat = (value: Value) => reshape(value, [n, value.size / n]);
    const squared = (value: Value) => rowDot(flat(value), flat(value));
    const x = bench.latents('x', n);
    const v = bench.velocity(x);
    // (x' − μ)/√(2·elements)/deviation, whose square summed over a row is the exponent.
    const off = rowCombine(input('residual', [n, 3]), [bench.latents('next', n), x, v]);
    const one = constant('one', new Float32Array(n).fill(1), [n]);
    const logp = rowCombine(input('density', [n, 2]), [squared(off), one]);
    const surrogate = clippedSurrogate(logp, input('old', [n]), input('advantage', [n]), options.clip);
    const outputs: Record<string, Value> = { v, logp, surrogate };
    let loss = surrogate;
    if (options.kl > 0) {
      const drift = squared(rowCombine(input('drift', [n, 2]), [v, bench.latents('base', n)]));
      outputs.kl = drift;
      loss = rowCombine(constant('kl', repeatRows([1, options.kl], n), [n, 2]), [surrogate, drift]);
    }
    return new WindowStep(bench, await bench.compileGradient(outputs, loss, input('weight', [n])), options);
  }

  /**
   * Adds the gradient of `weight` times the sum over rows to the update's.
   * @param base velocity of the base alone at x, where there is a KL
   */
  async run(
    prompts: readonly string[],
    visited: Visited,
    {
      at,
      advantage,
      base,
      weight,
    }: { at: Transition; advantage: Float32Array; base: Float32Array | null; weight: number },
  ): Promise<{
    v: Float32Array<ArrayBuffer>;
    logp: Float32Array<ArrayBuffer>;
    loss: number;
    kl: number;
    clipped: number;
  }> {
    const { bench, program, options } = this;
    const { x, next, old, i } = visited;
    const n = prompts.length;
    const elements = x.length / n;
    await bench.writeVelocity(program, atLevel(prompts, bench.sigmas[i]));
    const scale = 1 / (at.deviation * Math.sqrt(2 * elements));
    program.write('x', x);
    program.write('next', next);
    program.write('residual', repeatRows([scale, -scale * at.x, -scale * at.v], n));
    program.write('density', repeatRows([-1, logPeak(at.deviation)], n));
    program.write('old', old);
    program.write('advantage', advantage);
    program.write('weight', new Float32Array(n).fill(weight));
    if (base) {
      const drift = at.v / (at.g * Math.sqrt(2 * elements));
      program.write('drift', repeatRows([drift, -drift], n));
      program.write('base', base);
    }
    await program.runAndWait();
    const logp = await program.read('logp');
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    const kl = base ? sum(await program.read('kl')) : 0;
    const clipped = logp.filter((value, r) => {
      const ratio = old[r] === UNMOVED ? 1 : Math.exp(value - old[r]);
      return advantage[r] > 0 ? ratio > 1 + options.clip : advantage[r] < 0 && ratio < 1 - options.clip;
    }).length;
    const loss = sum(await program.read('surrogate')) + options.kl * kl;
    return { v: await program.read('v'), logp, loss, kl, clipped };
  }

  destroy(): void {
    this.program.destroy();
  }
}

export async function openGrpo(
  bench: Bench,
  { run, options, inspect }: StepOptions<GrpoOptions>,
): Promise<MethodStep<GrpoPlan>> {
  const { sigmas, pictures: n } = bench;
  const steps = sigmas.length - 1;
  const stepAt = (i: number) => transition(options.sde, options.eta, sigmas, i);
  const judge = await GroupReward.open(bench, { form: run.reward.form, group: options.group });
  const velocity = await Velocity.open(bench, 'trained');
  const base = options.kl > 0 ? await Velocity.open(bench, 'none') : null;
  const windowStep = await WindowStep.open(bench, options);

  /** The pictures of the update, which further passes go over again. */
  let seen: { prompts: readonly string[]; window: Visited[]; advantage: Float32Array; onPass: (done: number) => void };

  /** One pass over the window, from its end with the most noise. */
  async function pass() {
    const { prompts, window, advantage, onPass } = seen;
    const rows = n * window.length;
    let [loss, kl, clipped] = [0, 0, 0];
    const tensors: NamedTensor[] = [];
    for (const [done, visited] of window.entries()) {
      onPass(done);
      const { i, x, next } = visited;
      const at = stepAt(i);
      const baseVelocity = base ? await base.run(prompts, sigmas[i], x) : null;
      const part = await windowStep.run(prompts, visited, { at, advantage, base: baseVelocity, weight: 1 / rows });
      if (visited.old[0] === UNMOVED) visited.old = part.logp;
      loss += part.loss / rows;
      kl += part.kl / rows;
      clipped += part.clipped / rows;
      if (inspect) {
        const mean = x.map((value, e) => at.x * value + at.v * part.v[e]);
        tensors.push(bench.latentTensor(`x.${i}`, x), bench.latentTensor(`mean.${i}`, mean));
        tensors.push(bench.latentTensor(`next.${i}`, next), { name: `logp.${i}`, shape: [n], data: part.logp });
      }
    }
    return { loss, kl, clipped, tensors };
  }

  return {
    async run({ plan, prompts, words, noise, extra, onPhase }) {
      const [a, b] = plan.window;
      const onStep = (from: number) => (done: number) => onPhase('rollout', from + done, steps);
      let { x } = await bench.rollout({ x: noise, prompts, to: a, onStep: onStep(0) });
      const window: Visited[] = [];
      for (let i = a; i < b; i++) {
        const at = stepAt(i);
        const v = await velocity.run(prompts, sigmas[i], x);
        const z = extra.sde!.subarray((i - a) * x.length, (i - a + 1) * x.length);
        const next = x.map((value, e) => at.x * value + at.v * v[e] + at.deviation * z[e]);
        window.push({ i, x, next, old: new Float32Array(n).fill(UNMOVED) });
        x = next;
        onPhase('rollout', i + 1, steps);
      }
      ({ x } = await bench.rollout({ x, prompts, from: b, onStep: onStep(b) }));
      const { reward, advantage, spread } = await judge.run(prompts, words, x);
      seen = { prompts, window, advantage, onPass: (done) => onPhase('branches', done, window.length) };
      const { loss, kl, clipped, tensors } = await pass();
      if (inspect) tensors.push({ name: 'advantage', shape: [n], data: advantage });
      const metrics = { rewardSpread: spread, kl: base ? kl : null, clipped };
      return { x0: x, reward, loss, metrics, tensors };
    },
    async again() {
      await pass();
    },
    destroy() {
      for (const part of [judge, velocity, base, windowStep]) part?.destroy();
    },
  };
}
