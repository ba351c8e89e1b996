import { expect, test } from 'vitest';
import { METHODS, type MethodId, methodOf } from '../src/methods';
import { PlaneBench } from '../src/methods/testing/plane-bench';
import { runOf, updateOf } from '../src/methods/testing/plane-step';
import { type Calls, counting, withoutRollouts } from './counting';

async function callsOf(id: MethodId, options: object, plan?: object, updates = 1): Promise<Calls> {
  const run = runOf(id, { options: options as Record<string, unknown> });
  const plane = new PlaneBench(run.batch);
  const calls = { plain: 0, gradient: 0 };
  const step = await methodOf(id).open(counting(plane, calls), { run, options: run.options, inspect: false });
  for (let n = 0; n < updates; n++) await step.run(updateOf(run, plane, n, plan));
  step.destroy();
  return calls;
}

// Rollouts of six steps.
test.each<[MethodId, object, object, Calls]>([
  ['srpo', {}, { sigmaIndex: 20 }, { plain: 6, gradient: 2 }],
  ['direct-align', {}, { sigmaIndex: 20 }, { plain: 6, gradient: 1 }],
  ['refl', {}, { step: 3 }, { plain: 3, gradient: 1 }],
  ['draft', { k: 1 }, {}, { plain: 6, gradient: 1 }],
  ['draft', { k: 4 }, {}, { plain: 6, gradient: 4 }],
  ['draft-lv', { copies: 2 }, {}, { plain: 5, gradient: 3 }],
  ['drtune', {}, { active: [0, 1, 2], stop: 3 }, { plain: 4, gradient: 3 }],
  ['leapalign', {}, { leaps: [1, 3] }, { plain: 6, gradient: 2 }],
  ['flowbp', {}, { active: [1, 3, 4] }, { plain: 6, gradient: 3 }],
  ['grpo', { window: 4 }, { window: [0, 4] }, { plain: 6, gradient: 4 }],
  ['grpo', { window: 2, kl: 0.1 }, { window: [1, 3] }, { plain: 8, gradient: 2 }],
  ['nft', { times: 2 }, { steps: [1, 3] }, { plain: 10, gradient: 2 }],
])('%s %o: transformer calls of an update', async (id, options, plan, expected) => {
  expect(await callsOf(id, options, plan)).toEqual(expected);
});

test.each(METHODS.map(({ id }) => id))('%s trains through at least one call, and every update alike', async (id) => {
  const once = await callsOf(id, {});
  expect(once.gradient).toBeGreaterThan(0);
  const plan = updateOf(runOf(id), new PlaneBench(runOf(id).batch), 3).plan as object;
  const one = await callsOf(id, {}, plan);
  expect(await callsOf(id, {}, plan, 2)).toEqual({ plain: 2 * one.plain, gradient: 2 * one.gradient });
});

test('a guided step of a model without a guidance embedding is two calls; given pictures cost none', async () => {
  const run = runOf('draft', { options: { k: 2 } });
  const plane = new PlaneBench(run.batch);
  const calls = { plain: 0, gradient: 0 };
  const step = await methodOf('draft').open(counting(plane, calls, 2), { run, options: { k: 2 }, inspect: false });
  await step.run(updateOf(run, plane, 1));
  // Four guided steps, two that are differentiated.
  expect(calls).toEqual({ plain: 10, gradient: 2 });

  const of = runOf('srpo');
  const none = { plain: 0, gradient: 0 };
  const bench = withoutRollouts(counting(plane, none));
  const offline = await methodOf('srpo').open(bench, { run: of, options: {}, inspect: false });
  for (let n = 0; n < 3; n++) await offline.run(updateOf(of, plane, 5));
  expect(none).toEqual({ plain: 6, gradient: 6 });
});
