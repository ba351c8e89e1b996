/** @file What GRPO and DiffusionNFT must hold to (specification of methods, section 6), on the plane. */
import { expect, test } from 'vitest';
import type { Executable } from '../graph/executable';
import { type MethodId, methodOf } from '.';
import type { MethodStep, StepResult, Update } from './method';
import type { RewardRow } from './reward-form';
import { parseRunFile } from './run-file';
import { PlaneBench } from './testing/plane-bench';
import { distance, norm, spread } from './testing/plane-step';
import { atLevel } from './velocity';

const N = 4;

/** A bench on which every picture is as good as any other. */
class IndifferentBench extends PlaneBench {
  override async writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void> {
    to.write('reward.plane.direction', new Float32Array(rows.length * 6));
  }
}

async function opened(bench: PlaneBench, method: MethodId, options: Record<string, unknown>) {
  const run = parseRunFile({ version: 1, prompts: ['cat'], method, batch: N, rollout: { steps: 6 }, options });
  return {
    run,
    step: (await methodOf(method).open(bench, { run, options: run.options, inspect: true })) as MethodStep,
  };
}

const update = (plan: unknown, changes: Partial<Update> = {}): Update => ({
  plan,
  prompts: Array.from({ length: N }, (_, i) => (i < 2 ? 'cat' : 'apple')),
  words: { positive: 'round', negative: 'flat' },
  noise: spread(2 * N, 1),
  extra: { sde: spread(3 * 2 * N, 2), target: spread(2 * N, 3) },
  x0: null,
  onPhase: () => {},
  ...changes,
});

const tensor = (result: StepResult, name: string) => [...result.tensors.find((t) => t.name === name)!.data];

test('grpo: before the first pass ρ is 1 exactly, so the loss is minus the mean advantage; after a step it is not', async () => {
  const bench = new PlaneBench(N);
  const { step } = await opened(bench, 'grpo', { group: 2, window: 3, clip: 0.5 });
  const first = await step.run(update({ window: [0, 3] }));
  const advantages = tensor(first, 'advantage');
  expect(Math.max(...advantages)).toBeGreaterThan(0.5);
  expect(first.loss).toBeCloseTo(-advantages.reduce((a, b) => a + b, 0) / N, 7);
  const gradient = structuredClone(bench.gradient);
  expect(norm(gradient)).toBeGreaterThan(0);

  // A further pass with the LoRA as it was has the very same gradient; with another one it has another.
  bench.clearGradient();
  await step.again!();
  expect(distance(bench.gradient, gradient)).toBeLessThan(1e-6);
  for (const factor of Object.values(bench.lora)) factor.set(factor.map((v) => v * 1.05));
  bench.clearGradient();
  await step.again!();
  expect(distance(bench.gradient, gradient)).toBeGreaterThan(1e-2);
});

test('grpo: the gradient is the advantage’s pull on the log-probability: central differences at ρ = 1', async () => {
  const bench = new PlaneBench(N);
  const { step } = await opened(bench, 'grpo', { group: 2, window: 3 });
  const plan = { window: [1, 4] };
  const first = await step.run(update(plan));
  const advantages = tensor(first, 'advantage');
  const seen = [1, 2, 3].map((i) => ({ x: tensor(first, `x.${i}`), next: tensor(first, `next.${i}`), i }));
  const [name, factor] = Object.entries(bench.lora)[0];
  const exact = bench.gradient[name];

  /** −Σ A·logp / (rows · steps) of the transitions that were drawn, computed from the velocity alone. */
  const objective = async () => {
    const x = bench.latents('x', N);
    const program = await bench.compile({ v: bench.velocity(x) });
    let sum = 0;
    for (const { x: at, next, i } of seen) {
      const sigma = bench.sigmas[i];
      const delta = bench.sigmas[i + 1] - sigma;
      const g = 0.7 * Math.sqrt(sigma / (1 - sigma));
      program.write('x', Float32Array.from(at));
      await bench.writeVelocity(program, atLevel(update(plan).prompts, sigma));
      await program.runAndWait();
      const v = await program.read('v');
      next.forEach((value, e) => {
        const score = -(at[e] - (1 - sigma) * (at[e] - sigma * v[e])) / sigma ** 2;
        const mean = at[e] + v[e] * delta - 0.5 * g ** 2 * score * delta;
        sum += (advantages[Math.floor(e / 2)] * (value - mean) ** 2) / (2 * g ** 2 * -delta) / 2;
      });
    }
    return sum / (N * 3);
  };
  const h = 2 ** -7;
  for (let i = 0; i < factor.length; i += 5) {
    const at = factor[i];
    factor[i] = at + h;
    const above = await objective();
    factor[i] = at - h;
    const below = await objective();
    factor[i] = at;
    const most = Math.max(...exact.map(Math.abs));
    expect(Math.abs((above - below) / (2 * h) - exact[i]) / most, `${name} ${i}`).toBeLessThan(5e-3);
  }
});

test('grpo: a group of equal rewards has no advantage and a gradient of exactly 0', async () => {
  const bench = new IndifferentBench(N);
  const { step } = await opened(bench, 'grpo', { group: 2, window: 3 });
  const result = await step.run(update({ window: [0, 3] }));
  expect(tensor(result, 'advantage')).toEqual([0, 0, 0, 0]);
  expect(result.metrics.rewardSpread).toBe(0);
  expect(norm(bench.gradient)).toBe(0);
});

test('grpo: with η → 0 the rollout tends to the ODE’s', async () => {
  const bench = new PlaneBench(N);
  const { prompts, noise } = update(null);
  const ode = (await bench.rollout({ x: noise, prompts })).x;
  const off = async (eta: number) => {
    const { step } = await opened(bench, 'grpo', { group: 2, window: 3, eta });
    const { x0 } = await step.run(update({ window: [0, 3] }));
    return Math.hypot(...x0.map((v, i) => v - ode[i]));
  };
  const [far, near] = [await off(0.1), await off(1e-3)];
  expect(near).toBeLessThan(far / 50);
  expect(near).toBeLessThan(1e-2);
});

test('grpo: the window starts at the noise and moves on, rolling over, the last step never in it', () => {
  const method = methodOf('grpo');
  const run = parseRunFile({ version: 1, prompts: ['cat'], method: 'grpo', batch: 8, options: { advance: 2 } });
  const sigmas = [1, 0.9, 0.8, 0.6, 0.4, 0.2, 0];
  const random = { uniform: () => 0, integer: (low: number) => low };
  const plans = Array.from({ length: 6 }, (_, update) =>
    method.draw({ run, options: run.options, update, sigmas }, random),
  );
  expect(plans.map(({ window }) => window)).toEqual([
    [0, 4],
    [0, 4],
    [1, 5],
    [1, 5],
    [0, 4],
    [0, 4],
  ]);
});

test('nft: r = ½ for all, v = v_old and no KL: the gradient is 0 but for the rounding of v_old in single precision', async () => {
  const gradients = [];
  for (const bench of [new IndifferentBench(N), new PlaneBench(N)]) {
    const { step } = await opened(bench, 'nft', { group: 2, times: 3, kl: 0, beta: 0.7 });
    const result = await step.run(update({ steps: [1, 2, 4] }));
    expect(tensor(result, 'v.2')).toEqual(tensor(result, 'v_old.2'));
    expect(result.loss).toBeGreaterThan(0);
    gradients.push(norm(bench.gradient));
  }
  expect(gradients[0]).toBeLessThan(1e-7 * gradients[1]);
});

test('nft: with v = v_old and no KL the gradient is that of 5·(2r − 1)·L, whatever β', async () => {
  const gradients: Record<string, Float32Array>[] = [];
  for (const beta of [1, 0.25]) {
    const bench = new PlaneBench(N);
    const { step } = await opened(bench, 'nft', { group: 2, times: 1, kl: 0, beta });
    const result = await step.run(update({ steps: [2] }));
    gradients.push(bench.gradient);
    if (beta !== 1) continue;
    // dL/dv = 5(2r − 1)/n · (−σ)·2d/(2·mean|d|), pushed through the LoRA by central differences of v alone.
    const [sigma, d] = [bench.sigmas[2], [] as number[]];
    const [x, v, advantages] = [tensor(result, 'x_t.2'), tensor(result, 'v.2'), tensor(result, 'advantage')];
    for (const [e, value] of x.entries()) d.push(value - sigma * v[e] - result.x0[e]);
    const upstream = d.map((value, e) => {
      const row = Math.floor(e / 2);
      const magnitude = (Math.abs(d[2 * row]) + Math.abs(d[2 * row + 1])) / 2;
      const r = advantages[row] / 10 + 0.5;
      return (((5 * (2 * r - 1)) / N) * -sigma * value) / magnitude;
    });
    const [name, factor] = Object.entries(bench.lora)[1];
    const velocity = async () => {
      const program = await bench.compile({ v: bench.velocity(bench.latents('x', N)) });
      program.write('x', Float32Array.from(x));
      await bench.writeVelocity(program, atLevel(update(null).prompts, sigma));
      await program.runAndWait();
      return program.read('v');
    };
    const most = Math.max(...bench.gradient[name].map(Math.abs));
    for (let i = 0; i < factor.length; i += 4) {
      const [at, h] = [factor[i], 2 ** -7];
      factor[i] = at + h;
      const above = await velocity();
      factor[i] = at - h;
      const below = await velocity();
      factor[i] = at;
      const numeric = upstream.reduce((sum, u, e) => sum + (u * (above[e] - below[e])) / (2 * h), 0);
      expect(Math.abs(numeric - bench.gradient[name][i]) / most, `${name} ${i}`).toBeLessThan(5e-3);
    }
  }
  for (const [name, part] of Object.entries(gradients[0])) {
    part.forEach((value, i) => {
      expect(gradients[1][name][i]).toBeCloseTo(value, 5);
    });
  }
});

test('nft: pictures that are given take the place of the rollout', async () => {
  const bench = new PlaneBench(N);
  const { step } = await opened(bench, 'nft', { group: 2, times: 1 });
  const x0 = spread(2 * N, 9);
  const before = bench.runs.plain;
  const result = await step.run(update({ steps: [2] }, { x0 }));
  expect(result.x0).toEqual(x0);
  // The reward, v_old and v_base.
  expect(bench.runs.plain - before).toBe(3);
});
