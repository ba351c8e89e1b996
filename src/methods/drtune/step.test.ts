import { expect, test } from 'vitest';
import { methodOf } from '..';
import { samplerSigmas } from '../sigmas';
import { expectDifferences, partsOf } from '../testing/differences';
import { PlaneBench } from '../testing/plane-bench';
import { distance, norm, runOf, step } from '../testing/plane-step';

const SEED = 12;
const base = runOf('drtune');
// Rounding of the loss is small beside its differences.
const run = { ...base, reward: { ...base.reward, margin: 8 } };
const tensor = (result: Awaited<ReturnType<typeof step>>, name: string) =>
  result.tensors.find((t) => t.name === name)!.data;

test.each([[{ active: [0, 2, 4], stop: 4 }], [{ active: [0, 1], stop: 3 }]])(
  '%o: the gradient is that of the sum of velocities, their inputs frozen',
  async (plan) => {
    const bench = new PlaneBench(run.batch);
    const result = await step(run, bench, SEED, { inspect: true, plan });
    const { sigmas } = bench;
    const { velocity, loss } = await partsOf(run, bench, SEED);
    expect(await loss(result.x0)).toBeCloseTo(result.loss, 6);
    await expectDifferences(bench, async () => {
      const x0 = result.x0.slice();
      for (const i of plan.active) {
        const length = (i === plan.stop ? 0 : sigmas[i + 1]) - sigmas[i];
        const v = await velocity(tensor(result, `x.${i}`), i);
        v.forEach((value, e) => {
          x0[e] += length * (value - tensor(result, `v.${i}`)[e]);
        });
      }
      return loss(x0);
    });
  },
);

test.each([
  ['its stop alone is ReFL there', { active: [4], stop: 4 }, 'refl', {}, { step: 4 }],
  [
    'stopped at the end it is FlowBP unscaled',
    { active: [1, 5], stop: 5 },
    'flowbp',
    { rescale: 0 },
    { active: [1, 5] },
  ],
] as const)('%s', async (_, plan, method, options, other) => {
  const [one, two] = [new PlaneBench(run.batch), new PlaneBench(run.batch)];
  const a = await step(run, one, SEED, { plan });
  const b = await step({ ...runOf(method, { options }), reward: run.reward }, two, SEED, { plan: other });
  expect(a.loss).toBeCloseTo(b.loss, 5);
  expect(norm(one.gradient)).toBeGreaterThan(0);
  expect(distance(one.gradient, two.gradient)).toBeLessThan(1e-5);
});

test('the stop is one of the last 40 % of steps, the active ones are equally spaced up to it', () => {
  const method = methodOf('drtune');
  const long = { ...run, rollout: { ...run.rollout, steps: 10 } };
  const context = { run: long, options: { active: 3 }, update: 0, sigmas: samplerSigmas(10, 3) };
  const seen: { active: number[]; stop: number }[] = [];
  for (let n = 0; n < 40; n++) {
    const parts = [n % 4, Math.floor(n / 4)];
    const integer = (low: number, high: number) => low + (parts.shift()! % (high - low));
    const plan = method.draw(context, { uniform: () => 0, integer }) as { active: number[]; stop: number };
    method.checkPlan(context, plan);
    const [a, b, c] = plan.active;
    expect([b - a, c - b]).toEqual([Math.floor((plan.stop + 1) / 3), Math.floor((plan.stop + 1) / 3)]);
    seen.push(plan);
  }
  expect(new Set(seen.map(({ stop }) => stop))).toEqual(new Set([6, 7, 8, 9]));
  const starts = (stop: number) => new Set(seen.filter((plan) => plan.stop === stop).map(({ active }) => active[0]));
  expect(starts(8)).toEqual(new Set([0, 1, 2]));
  expect(starts(6)).toEqual(new Set([0, 1, 2]));
});

test('plans and options that fit no rollout are sentences', () => {
  const method = methodOf('drtune');
  const context = { run, options: { active: 3 }, update: 0, sigmas: samplerSigmas(6, 3) };
  const check = (plan: object) => () => method.checkPlan(context, plan);
  expect(check({ active: [0], stop: 6 })).toThrow('The plan\'s "stop" is 6, expected a whole number from 0 to 5.');
  expect(check({ active: [0, 5], stop: 4 })).toThrow(
    '"active" holds 5, expected different steps from 0 to its "stop", 4',
  );
  expect(check({ active: [2, 2], stop: 4 })).toThrow('"active" holds 2');
  expect(() => runOf('drtune', { options: { active: 6 } })).toThrow(
    '"options.active" is 6, expected at most 5: a rollout',
  );
});
