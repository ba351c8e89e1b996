/** @file What every method must hold to, on the plane: gradients, repeatability, tensors, the columns it declares. */
import { expect, test } from 'vitest';
import { METHODS, type MethodId, methodOf } from '.';
import { expectDifferences } from './testing/differences';
import { PlaneBench } from './testing/plane-bench';
import { runOf, step } from './testing/plane-step';

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
  await expectDifferences(bench, async () => (await step(run, bench, 1)).loss);
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
  const inspected = await step(run, bench, 4, { inspect: true });
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
  const srpo = await step(runOf('srpo'), both, 5, { inspect: true });
  const alone = await step(runOf('direct-align'), one, 5, { inspect: true });
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
