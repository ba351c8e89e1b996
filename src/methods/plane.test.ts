/** @file What every method must hold to, on the plane: gradients, repeatability, tensors, the columns it declares. */
import { expect, test } from 'vitest';
import type { RunFile } from '../formats/run-file';
import { METHODS, type MethodId, methodOf } from '.';
import type { ExtraNoise, PlanContext, StepResult, Update } from './method';
import { parseRunFile } from './run-file';
import { PlaneBench } from './testing/plane-bench';

const PROMPTS = ['cat', 'apple', 'owl', 'tent'];

/** Numbers that no two places share. */
const spread = (count: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(12.9898 * (i + 1) + 78.233 * seed));

/** A source that gives other numbers at every draw. */
function source(seed: number) {
  let draws = 0;
  const uniform = () => Math.abs(Math.sin(1 + 37.719 * ++draws + seed)) % 1;
  return { uniform, integer: (low: number, high: number) => low + Math.floor(uniform() * (high - low)) };
}

function runOf(method: MethodId, changes: Partial<RunFile> = {}): RunFile {
  const { options, group, forms } = methodOf(method);
  const defaults = Object.fromEntries(Object.entries(options).map(([key, option]) => [key, option.default]));
  return parseRunFile({
    version: 1,
    prompts: PROMPTS,
    method,
    batch: group?.(defaults) ?? 3,
    rollout: { steps: 6 },
    timesteps: { sigmaMin: 0.3, sigmaMax: 0.9, count: 40, step: 10 },
    // High enough that no row's hinge is flat.
    reward: { form: forms[0], positive: ['round'], negative: ['flat'], margin: 50 },
    ...changes,
  });
}

/** One update of a run at a bench, its choices drawn from `seed`. */
async function step(run: RunFile, bench: PlaneBench, seed: number, inspect = false): Promise<StepResult> {
  const method = methodOf(run.method);
  const context: PlanContext<unknown> = { run, options: run.options, update: 0, sigmas: bench.sigmas };
  const plan = method.draw(context, source(seed));
  const size = bench.pictures * 2;
  const extra: Partial<Record<ExtraNoise, Float32Array>> = {};
  for (const [name, copies] of Object.entries(method.extraNoise?.(context, plan) ?? {})) {
    extra[name as ExtraNoise] = spread(copies * size, seed + 50);
  }
  const group = method.group?.(run.options) ?? 1;
  const update: Update = {
    plan,
    prompts: Array.from({ length: bench.pictures }, (_, i) => PROMPTS[Math.floor(i / group) % PROMPTS.length]),
    words: { positive: run.reward.positive[0], negative: run.reward.negative[0] },
    noise: spread(size, seed),
    extra,
    x0: null,
    onPhase: () => {},
  };
  bench.clearGradient();
  const opened = await method.open(bench, { run, options: run.options, inspect });
  const result = await opened.run(update);
  opened.destroy();
  return result;
}

const IDS = METHODS.map(({ id }) => id);

test.each<[MethodId, Record<string, unknown>]>([
  ['srpo', {}],
  ['direct-align', {}],
  ['refl', {}],
  ['draft', { k: 1 }],
  ['draft', { k: 3 }],
])('%s %o: the gradient of every LoRA factor is that of central differences', async (id, options) => {
  const run = runOf(id, { options });
  const bench = new PlaneBench(run.batch);
  await step(run, bench, 1);
  const { gradient, lora } = bench;
  expect(Object.keys(gradient)).toEqual(Object.keys(lora));
  for (const [name, factor] of Object.entries(lora)) {
    const exact = gradient[name];
    const most = Math.max(...exact.map(Math.abs));
    expect(most, name).toBeGreaterThan(0);
    for (let i = 0; i < factor.length; i += 3) {
      const h = 2 ** -7;
      const at = factor[i];
      const lossAt = async (value: number) => {
        factor[i] = value;
        return (await step(run, bench, 1)).loss;
      };
      const numeric = ((await lossAt(at + h)) - (await lossAt(at - h))) / (2 * h);
      factor[i] = at;
      expect(Math.abs(numeric - exact[i]) / most, `${name} ${i}`).toBeLessThan(5e-3);
    }
  }
});

test.each(IDS)('%s: a step is a function of plan, noise and prompts, opened once or many times', async (id) => {
  const run = runOf(id);
  const bench = new PlaneBench(run.batch);
  const first = await step(run, bench, 2);
  const { gradient } = bench;
  const again = await step(run, bench, 2);
  expect(again).toEqual(first);
  expect(bench.gradient).toEqual(gradient);
  const other = await step(run, bench, 3);
  expect(other.loss).not.toBe(first.loss);
});

test.each(IDS)('%s: what it reports is what it declares', async (id) => {
  const run = runOf(id);
  const bench = new PlaneBench(run.batch);
  const { metrics, timeline } = methodOf(id);
  const plain = await step(run, bench, 4);
  expect(Object.keys(plain.metrics).sort()).toEqual(metrics.map(({ name }) => name).sort());
  expect(plain.reward).toHaveLength(run.batch);
  expect(plain.x0).toHaveLength(2 * run.batch);
  expect(plain.tensors).toEqual([]);
  const inspected = await step(run, bench, 4, true);
  // A rollout that stops early is finished only for those who look.
  const finished = timeline.sees === 'one-step' ? { x0: plain.x0 } : {};
  expect({ ...inspected, ...finished, tensors: [] }).toEqual(plain);
  for (const { name, shape, data } of inspected.tensors) {
    expect(
      shape.reduce((a, b) => a * b, 1),
      name,
    ).toBe(data.length);
  }
});

test('direct-align is the denoise branch of srpo, x0 rolled out or given', async () => {
  const [both, one] = [new PlaneBench(3), new PlaneBench(3)];
  const srpo = await step(runOf('srpo'), both, 5, true);
  const alone = await step(runOf('direct-align'), one, 5, true);
  expect(alone.x0).toEqual(srpo.x0);
  expect(alone.reward).toEqual(srpo.reward);
  expect(alone.loss).toBe(srpo.metrics.lossDenoise);
  const ofDenoise = srpo.tensors.filter(({ name }) => name.endsWith('.denoise'));
  expect(alone.tensors).toEqual(ofDenoise);
});

test('the reward’s form decides what direct-align scores', async () => {
  const rewards = [];
  for (const form of ['relative', 'positive', 'prompt'] as const) {
    const run = runOf('direct-align');
    const bench = new PlaneBench(run.batch);
    rewards.push((await step({ ...run, reward: { ...run.reward, form } }, bench, 6)).reward);
  }
  expect(new Set(rewards.map(String)).size).toBe(3);
});

test('one call with a gradient an update: no more than Direct-Align needs', async () => {
  for (const id of ['srpo', 'direct-align'] as const) {
    const run = runOf(id);
    const bench = new PlaneBench(run.batch);
    await step(run, bench, 7);
    expect(bench.runs).toEqual({ plain: run.rollout.steps, gradient: 1 });
  }
});
