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

test('what an update trains is named by levels of the axis, and γ is a number wherever it is one', () => {
  for (const method of METHODS) {
    const { id, timeline } = method;
    const run = runOf(method);
    const context = { run, options: run.options, update: 3, sigmas: samplerSigmas(run.rollout.steps, 3) };
    const source = { uniform: () => 0.5, integer: (low: number, high: number) => Math.floor((low + high) / 2) };
    const levels = timeline.active(context, method.draw(context, source));
    expect(levels.length, id).toBeGreaterThan(0);
    for (const sigma of levels) expect(sigma > 0 && sigma <= 1, `${id} at ${sigma}`).toBe(true);
    if (timeline.calls) expect(levels, id).toHaveLength(timeline.calls.length);
    for (const call of (timeline.calls ?? ['']).keys()) {
      const gammas = [0.98, 0.75, 0.3, 0.06].map((sigma) => timeline.gamma(run, sigma, call));
      for (const gamma of gammas) expect(gamma === null || Number.isFinite(gamma), `${id}: ${gamma}`).toBe(true);
    }
  }
});

test('the levels that carry gradient are those of the plan', () => {
  const active = (id: string, plan: unknown, options: object = {}) => {
    const run = parseRunFile({ version: 1, prompts: ['cat'], method: id, options, batch: 8, rollout: { steps: 4 } });
    const context = { run, options: run.options, update: 0, sigmas: [1, 0.9, 0.75, 0.5, 0] };
    return methodOf(id).timeline.active(context, plan);
  };
  expect(active('refl', { step: 2 })).toEqual([0.75]);
  expect(active('draft', {}, { k: 2 })).toEqual([0.75, 0.5]);
  expect(active('draft-lv', {}, { copies: 1 })).toEqual([0.5, 0.5]);
  expect(active('flowbp', { active: [0, 3] }, { active: 2 })).toEqual([1, 0.5]);
  expect(active('drtune', { active: [0, 2], stop: 2 }, { active: 2 })).toEqual([1, 0.75]);
  expect(active('leapalign', { leaps: [1, 3] })).toEqual([0.9, 0.5]);
  expect(active('grpo', { window: [1, 3] })).toEqual([0.9, 0.75]);
  expect(active('nft', { steps: [1, 3] }, { times: 2 })).toEqual([0.9, 0.5]);
  // m = 500 of 1000 levels from 0.70 to 0.96, 100 up and 100 down.
  const [denoise, inversion] = active('srpo', { sigmaIndex: 500 });
  expect(denoise).toBeCloseTo(0.7 + (0.26 * 600) / 999, 12);
  expect(inversion).toBeCloseTo(0.7 + (0.26 * 400) / 999, 12);
  expect(active('direct-align', { sigmaIndex: 500 })).toEqual([denoise]);
});

test('γ of SRPO is that of Direct-Align going down, and above 0 going up, as far as levels are trained', () => {
  const run = parseRunFile({ version: 1, prompts: ['cat'] });
  const [srpo, directAlign] = [methodOf('srpo').timeline, methodOf('direct-align').timeline];
  expect(srpo.gamma(run, 0.8)).toBe(directAlign.gamma(run, 0.8));
  const step = (0.26 * 100) / 999;
  expect(srpo.gamma(run, 0.8, 1)).toBeCloseTo(step / (1 - 0.8 - step), 12);
  expect(srpo.gamma(run, 0.95, 1)).toBeNull();
  expect(methodOf('refl').timeline.gamma(run, 0.8)).toBe(-0.8);
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
