/**
 * @file The step of DiffusionNFT: pictures of the old LoRA, and a pair of velocities around its own, one to go to and one
 * to keep from.
 *
 *     v⁺ = β·v + (1−β)·v_old,  v⁻ = (1+β)·v_old − β·v,  x̂± = x_t − σ·v±,  r = clip(A/10 + ½, 0, 1)
 *     L± = mean (x̂± − x0)² / sg(max(mean |x̂± − x0|, 1e-5))
 *     L  = mean over rows and levels of 5·(r·L⁺ + (1−r)·L⁻)/β + kl·mean (v − v_base)²
 */
import type { Executable } from '../../graph/executable';
import { constant, input, type Value } from '../../graph/graph';
import { reshape } from '../../ops/reshape';
import { rowCombine } from '../../ops/row-combine';
import { rowDot } from '../../ops/row-dot';
import { scaledError } from '../../ops/scaled-error';
import { GroupReward } from '../advantage';
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { concatFloats, repeatRows } from '../rows';
import { atLevel, Velocity } from '../velocity';

export interface NftOptions {
  group: number;
  beta: number;
  kl: number;
  times: number;
  oldDecay: [number, number];
}

export interface NftPlan {
  /** Indices of the levels σ_i < 1 that the pictures are noised to. */
  steps: number[];
}

/**
 * The loss at one level. x̂± − x0 = (x − σ·v_old − x0) ∓ σβ·(v − v_old): where v is v_old both are the same to the bit.
 *
 * Inputs besides the velocity's: x, old, base, x0 [n, …], coefficients `rest` [n, 3], `good`, `bad` and `distance` [n, 2],
 * `shares` [n, 3], `weight` [n].
 */
async function compileLevel(bench: Bench): Promise<Executable> {
  const n = bench.pictures;
  const flat = (value: Value) => reshape(value, [n, value.size / n]);
  const x = bench.latents('x', n);
  const v = bench.velocity(x);
  const [old, base, x0] = ['old', 'base', 'x0'].map((name) => bench.latents(name, n));
  const difference = constant('difference', repeatRows([1, -1], n), [n, 2]);
  const moved = rowCombine(difference, [v, old]);
  const rest = rowCombine(input('rest', [n, 3]), [x, old, x0]);
  const errorOf = (name: string) => scaledError(flat(rowCombine(input(name, [n, 2]), [rest, moved])));
  const off = flat(rowCombine(input('distance', [n, 2]), [v, base]));
  const drift = rowDot(off, off);
  const loss = rowCombine(input('shares', [n, 3]), [errorOf('good'), errorOf('bad'), drift]);
  return bench.compileGradient({ v, loss, drift }, loss, input('weight', [n]));
}

export async function openNft(
  bench: Bench,
  { run, options: { group, beta, kl }, inspect }: StepOptions<NftOptions>,
): Promise<MethodStep<NftPlan>> {
  const { sigmas, pictures: n } = bench;
  const steps = sigmas.length - 1;
  const judge = await GroupReward.open(bench, { form: run.reward.form, group });
  const oldVelocity = await Velocity.open(bench, 'old');
  const baseVelocity = await Velocity.open(bench, 'none');
  const level = await compileLevel(bench);
  return {
    async run({ plan, prompts, words, noise, extra, x0: given, onPhase }) {
      const onStep = (done: number) => onPhase('rollout', done, steps);
      const x0 = given ?? (await bench.rollout({ x: noise, prompts, lora: 'old', onStep })).x;
      const { reward, advantage, spread } = await judge.run(prompts, words, x0);
      const shares = Array.from(advantage, (a) => {
        const r = Math.min(1, Math.max(0, a / 10 + 0.5));
        return [(5 * r) / beta, (5 * (1 - r)) / beta, kl];
      });
      const rows = n * plan.steps.length;
      const elements = x0.length / n;
      const target = extra.target!;
      let [loss, drift] = [0, 0];
      const tensors = [];
      for (const [done, i] of plan.steps.entries()) {
        onPhase('branches', done, plan.steps.length);
        const sigma = sigmas[i];
        const x = x0.map((value, e) => (1 - sigma) * value + sigma * target[e]);
        const old = await oldVelocity.run(prompts, sigma, x);
        const base = await baseVelocity.run(prompts, sigma, x);
        await bench.writeVelocity(level, atLevel(prompts, sigma));
        const inputs = { x, old, base, x0 };
        for (const [name, data] of Object.entries(inputs)) level.write(name, data);
        level.write('rest', repeatRows([1, -sigma, -1], n));
        level.write('good', repeatRows([1, -sigma * beta], n));
        level.write('bad', repeatRows([1, sigma * beta], n));
        level.write('distance', repeatRows([1 / Math.sqrt(elements), -1 / Math.sqrt(elements)], n));
        level.write('shares', concatFloats(shares));
        level.write('weight', new Float32Array(n).fill(1 / rows));
        await level.runAndWait();
        for (const value of await level.read('loss')) loss += value / rows;
        for (const value of await level.read('drift')) drift += value / rows;
        if (inspect) {
          tensors.push(bench.latentTensor(`x_t.${i}`, x), bench.latentTensor(`v.${i}`, await level.read('v')));
          tensors.push(bench.latentTensor(`v_old.${i}`, old), bench.latentTensor(`v_base.${i}`, base));
        }
      }
      if (inspect) tensors.push({ name: 'advantage', shape: [n], data: advantage });
      return { x0, reward, loss, metrics: { rewardSpread: spread, drift }, tensors };
    },
    destroy() {
      for (const part of [judge, oldVelocity, baseVelocity, level]) part.destroy();
    },
  };
}
