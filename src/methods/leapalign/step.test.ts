import { expect, test } from 'vitest';
import { methodOf } from '..';
import { samplerSigmas } from '../sigmas';
import { expectDifferences, partsOf } from '../testing/differences';
import { PlaneBench } from '../testing/plane-bench';
import { distance, norm, runOf, step } from '../testing/plane-step';

const SEED = 13;
const run = runOf('leapalign');

test.each([
  [[1, 4], 0.3],
  [[0, 3], 0.8],
] as const)('leaps from %o, α = %d: the gradient is that of both leaps, the rest frozen', async (leaps, alpha) => {
  const [a, b] = leaps;
  const own = runOf('leapalign', { options: { alpha } });
  const bench = new PlaneBench(own.batch);
  const result = await step(own, bench, SEED, { inspect: true, plan: { leaps } });
  const [xa, xb, va, vb] = [`x.${a}`, `x.${b}`, `v.${a}`, `v.${b}`].map(
    (name) => result.tensors.find((t) => t.name === name)!.data,
  );
  const [sigmaA, sigmaB] = [bench.sigmas[a], bench.sigmas[b]];
  const { velocity, loss } = await partsOf(own, bench, SEED);
  expect(await loss(result.x0)).toBeCloseTo(result.loss, 6);
  await expectDifferences(bench, async () => {
    const first = await velocity(xa, a);
    const moved = first.map((v, e) => (sigmaB - sigmaA) * (v - va[e]));
    const second = await velocity(
      xb.map((x, e) => x + alpha * moved[e]),
      b,
    );
    return loss(result.x0.map((x, e) => x + moved[e] - sigmaB * (second[e] - vb[e])));
  });
});

test.each([
  ['all of the input: DRaFT-2 on the last two steps', 1, 'draft', { k: 2 }, {}],
  ['none of it: FlowBP unscaled on them', 0, 'flowbp', { active: 2, rescale: 0 }, { active: [4, 5] }],
] as const)('%s', async (_, alpha, method, options, plan) => {
  const [one, two] = [new PlaneBench(run.batch), new PlaneBench(run.batch)];
  const mine = await step(runOf('leapalign', { options: { alpha } }), one, SEED, { plan: { leaps: [4, 5] } });
  const other = await step(runOf(method, { options }), two, SEED, { plan });
  expect(mine.loss).toBeCloseTo(other.loss, 5);
  expect(norm(one.gradient)).toBeGreaterThan(0);
  expect(distance(one.gradient, two.gradient)).toBeLessThan(1e-5);
});

test('every pair of steps is drawn alike; others are sentences', () => {
  const method = methodOf('leapalign');
  const context = { run, options: { alpha: 0.3 }, update: 0, sigmas: samplerSigmas(4, 3) };
  const counts = new Map<string, number>();
  for (let n = 0; n < 12; n++) {
    const parts = [n % 4, Math.floor(n / 4)];
    const plan = method.draw(context, { uniform: () => 0, integer: (low) => low + parts.shift()! });
    method.checkPlan(context, plan);
    counts.set(JSON.stringify(plan), (counts.get(JSON.stringify(plan)) ?? 0) + 1);
  }
  expect([...counts.values()]).toEqual([2, 2, 2, 2, 2, 2]);
  const check = (leaps: number[]) => () => method.checkPlan(context, { leaps });
  expect(check([2, 2])).toThrow('The plan\'s "leaps" are [2, 2], expected two different steps from 0 to 3, ascending.');
  expect(check([1, 4])).toThrow('expected two different steps from 0 to 3');
  expect(() => runOf('leapalign', { rollout: { steps: 1, guidance: 1 } })).toThrow(
    '"rollout.steps" is 1, expected at least 2',
  );
});
