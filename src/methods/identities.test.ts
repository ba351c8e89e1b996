/** @file What the direct methods have in common (specification of methods, section 6), on the plane. */
import { expect, test } from 'vitest';
import type { MethodId } from '.';
import { alignmentLevels } from './direct-align/levels';
import type { StepResult } from './method';
import { PictureGradient } from './picture-gradient';
import { rewardRow } from './reward-form';
import { PlaneBench } from './testing/plane-bench';
import { distance, type Gradient, norm, runOf, step, updateOf } from './testing/plane-step';
import { VelocityVjp } from './velocity-vjp';

const SEED = 11;
const STEPS = 6;

interface Call {
  /** The point and the level of the call. */
  x: Float32Array;
  sigma: number;
  /** What the reward sees. */
  seen: Float32Array;
  gamma: number;
  kappa?: number;
  swapped?: true;
}

interface Case {
  method: MethodId;
  options?: Record<string, unknown>;
  plan: object;
  /** Share of the mean hinge in the method's loss. */
  share?: number;
  /** Calls of a step from its result, and from the rollout's point x_i. */
  calls(result: StepResult, of: { sigmas: readonly number[]; x(i: number): Promise<Float32Array> }): Promise<Call[]>;
}

const tensor = ({ tensors }: StepResult, name: string) => tensors.find((t) => t.name === name)!.data;
/** A branch of SRPO at m = 20, γ = (σ_r − σ_s)/(1 − σ_r). */
const branch = (result: StepResult, name: 'denoise' | 'inversion'): Call => {
  const { sigmaS, sigmaR, kappa } = alignmentLevels(runOf('srpo'), 20)[name];
  return {
    x: tensor(result, `x_s.${name}`),
    sigma: sigmaS,
    seen: tensor(result, `x0_hat.${name}`),
    gamma: (sigmaR - sigmaS) / (1 - sigmaR),
    kappa,
    ...(name === 'inversion' && { swapped: true }),
  };
};
/** The last step, whose picture the reward sees: γ = Δ_{N−1} = −σ_{N−1}. */
const lastStep: Case['calls'] = async ({ x0 }, { sigmas, x }) => {
  const sigma = sigmas[STEPS - 1];
  return [{ x: await x(STEPS - 1), sigma, seen: x0, gamma: -sigma }];
};

const CASES: Case[] = [
  {
    method: 'direct-align',
    plan: { sigmaIndex: 20 },
    share: 1 / 2,
    calls: async (result) => [branch(result, 'denoise')],
  },
  {
    method: 'srpo',
    plan: { sigmaIndex: 20 },
    share: 1 / 2,
    calls: async (result) => [branch(result, 'denoise'), branch(result, 'inversion')],
  },
  {
    method: 'refl',
    plan: { step: 3 },
    calls: async (result, { sigmas, x }) => [
      { x: await x(3), sigma: sigmas[3], seen: tensor(result, 'x0_hat'), gamma: -sigmas[3] },
    ],
  },
  { method: 'draft', options: { k: 1 }, plan: {}, calls: lastStep },
  { method: 'draft-lv', options: { copies: 0 }, plan: {}, calls: lastStep },
  {
    method: 'flowbp',
    options: { active: 1, rescale: 0.5 },
    plan: { active: [2] },
    async calls({ x0 }, { sigmas, x }) {
      const delta = sigmas[3] - sigmas[2];
      const c = 1 + 0.5 * (1 / Math.abs(delta) - 1);
      return [{ x: await x(2), sigma: sigmas[2], seen: x0, gamma: c * delta }];
    },
  },
];

test.each(CASES)('$method: dL/dv of each call is γ·dL/dx̂, and that alone', async ({ method, options, ...of }) => {
  const run = runOf(method, { options: options ?? {} });
  const bench = new PlaneBench(run.batch, STEPS);
  const result = await step(run, bench, SEED, { inspect: true, plan: of.plan });
  const gradient = structuredClone(bench.gradient);
  expect(norm(gradient)).toBeGreaterThan(0);

  const { prompts, words, noise } = updateOf(run, bench, SEED, of.plan);
  const x = async (i: number) => (await bench.rollout({ x: noise, prompts, to: i })).x;
  const calls = await of.calls(result, { sigmas: bench.sigmas, x });
  bench.clearGradient();
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect: false });
  const vjp = await VelocityVjp.open(bench, { rows: run.batch, intoX: false });
  for (const { x: at, sigma, seen, gamma, kappa, swapped } of calls) {
    const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words, kappa, swapped));
    const scored = await score.run(rows, seen);
    const upstream = scored.gradient.map((g) => (of.share ?? 1) * gamma * g);
    await vjp.run(prompts, sigma, at, upstream);
  }
  expect(distance(bench.gradient, gradient)).toBeLessThan(1e-5);
});

test('the last step alone: DRaFT-1, FlowBP on it, DRaFT-LV without copies and ReFL there are one', async () => {
  const taken: { loss: number; reward: number[]; x0: number[]; gradient: Gradient }[] = [];
  for (const [method, options, plan] of [
    ['draft', { k: 1 }, {}],
    ['flowbp', { active: 1, rescale: 0 }, { active: [STEPS - 1] }],
    ['draft-lv', { copies: 0 }, {}],
    ['refl', {}, { step: STEPS - 1 }],
  ] as const) {
    const run = runOf(method, { options });
    const bench = new PlaneBench(run.batch, STEPS);
    const { loss, reward, x0 } = await step(run, bench, SEED, { plan });
    taken.push({ loss, reward: [...reward], x0: [...x0], gradient: bench.gradient });
  }
  const [draft, ...others] = taken;
  expect(norm(draft.gradient)).toBeGreaterThan(0);
  for (const other of others) {
    expect(other.loss).toBeCloseTo(draft.loss, 5);
    for (const [i, r] of other.reward.entries()) expect(r).toBeCloseTo(draft.reward[i], 5);
    for (const [i, v] of other.x0.entries()) expect(v).toBeCloseTo(draft.x0[i], 5);
    expect(distance(other.gradient, draft.gradient)).toBeLessThan(1e-5);
  }
});

test('a copy of DRaFT-LV whose noise is the way back along v has the gradient of the last step', async () => {
  // ε = x_N + v(x_l) puts the copy on x_l itself, so both halves of the mean are the same.
  const run = runOf('draft-lv', { options: { copies: 1 } });
  const bench = new PlaneBench(run.batch, STEPS);
  const plain = updateOf(run, bench, SEED);
  const { noise, prompts } = plain;
  const { x, kept } = await bench.rollout({ x: noise, prompts, keep: [STEPS - 1] });
  const sigma = bench.sigmas[STEPS - 1];
  const back = kept.get(STEPS - 1)!.map((at, i) => (at - (1 - sigma) * x[i]) / sigma);
  const { draftLv } = await import('./draft-lv');
  const opened = await draftLv.open(bench, { run, options: { copies: 1 }, inspect: false });
  const { loss } = await opened.run({ ...plain, extra: { renoise: back } });
  const alone = new PlaneBench(run.batch, STEPS);
  const without = await step(runOf('draft-lv', { options: { copies: 0 } }), alone, SEED);
  expect(loss).toBeCloseTo(without.loss, 5);
  expect(distance(bench.gradient, alone.gradient)).toBeLessThan(1e-5);
});

test('srpo whose inversion branch is above the margin trains as direct-align', async () => {
  const plan = { sigmaIndex: 20 };
  const of = async (method: MethodId, [plus, minus]: readonly string[], margin: number) => {
    const base = runOf(method, { batch: 1 });
    const run = { ...base, reward: { ...base.reward, positive: [plus], negative: [minus], margin } };
    const bench = new PlaneBench(1, STEPS);
    const result = await step(run, bench, SEED, { inspect: true, plan });
    return { ...result, gradient: bench.gradient };
  };
  const rewards = async (words: readonly string[]) => {
    const result = await of('srpo', words, 50);
    return [tensor(result, 'reward.denoise')[0], tensor(result, 'reward.inversion')[0]];
  };
  let words = ['round', 'flat'];
  let [denoise, inversion] = await rewards(words);
  if (denoise > inversion) {
    words = ['flat', 'round'];
    [denoise, inversion] = await rewards(words);
  }
  expect(inversion).toBeGreaterThan(denoise);
  const margin = (denoise + inversion) / 2;
  const both = await of('srpo', words, margin);
  const one = await of('direct-align', words, margin);
  expect(both.metrics.lossInversion).toBe(0);
  expect(both.loss).toBe(one.loss);
  expect(norm(one.gradient)).toBeGreaterThan(0);
  expect(distance(both.gradient, one.gradient)).toBeLessThan(1e-6);
});
