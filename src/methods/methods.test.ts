import { expect, test } from 'vitest';
import { METHODS, methodOf } from '.';
import type { Method } from './method';
import { parseRunFile } from './run-file';
import { samplerSigmas } from './sigmas';

test('every method says what it is, and its defaults pass its own checks', () => {
  expect(new Set(METHODS.map(({ id }) => id)).size).toBe(METHODS.length);
  for (const { id, label, about, options, forms, metrics, group } of METHODS) {
    expect(label, id).not.toBe('');
    expect(about.match(/[.?!](\s|$)/g), `${id}: two sentences`).toHaveLength(2);
    expect(forms.length, id).toBeGreaterThan(0);
    expect(new Set(metrics.map(({ name }) => name)).size, id).toBe(metrics.length);
    for (const [key, option] of Object.entries(options)) {
      expect(option.schema.parse(option.default), `${id}: options.${key}`).toEqual(option.default);
    }
    const defaults = Object.fromEntries(Object.entries(options).map(([key, option]) => [key, option.default]));
    const batch = group?.(defaults) ?? 2;
    const run = parseRunFile({ version: 1, prompts: ['cat'], method: id, batch, reward: { form: forms[0] } });
    expect(run.options).toEqual(defaults);
  }
  expect(() => methodOf('sft')).toThrow('Unknown method "sft", expected one of srpo');
});

/** A small run with the method's defaults. */
function runOf(method: Method) {
  const { id, options, group } = method;
  const defaults = Object.fromEntries(Object.entries(options).map(([key, option]) => [key, option.default]));
  return parseRunFile({
    version: 1,
    prompts: ['cat'],
    method: id,
    batch: group?.(defaults) ?? 2,
    timesteps: { count: 40 },
  });
}

test('a plan that is drawn is one that is accepted, and depends on the random source alone', () => {
  for (const method of METHODS) {
    const run = runOf(method);
    const context = { run, options: run.options, update: 3, sigmas: samplerSigmas(run.rollout.steps, 3) };
    for (let i = 0; i < 100; i++) {
      const source = { uniform: () => i / 100, integer: (low: number, high: number) => low + (i % (high - low)) };
      const plan = method.draw(context, source);
      expect(method.draw(context, source)).toEqual(plan);
      expect(method.plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      method.checkPlan(context, plan);
    }
  }
});

test('the sigma index of SRPO and Direct-Align stays away from both ends of the table', () => {
  for (const id of ['srpo', 'direct-align']) {
    const method = methodOf(id);
    const run = parseRunFile({ version: 1, prompts: ['cat'], method: id, timesteps: { count: 40 } });
    const context = { run, options: {}, update: 0, sigmas: [1, 0] };
    const asked: number[][] = [];
    const integer = (low: number, high: number) => {
      asked.push([low, high]);
      return low;
    };
    const source = { uniform: () => 0, integer };
    expect(method.draw(context, source)).toEqual({ sigmaIndex: 5 });
    expect(asked).toEqual([[5, 35]]);
    expect(() => method.checkPlan(context, { sigmaIndex: 40 })).toThrow('The sigma index is 40, expected');
    expect(method.timeline.gamma(run, 0.9)).toBeLessThan(0);
  }
});
