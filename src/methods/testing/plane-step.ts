/** @file One update of any method on the plane. */
import type { RunFile } from '../../formats/run-file';
import { type MethodId, methodOf } from '..';
import type { ExtraNoise, PlanContext, StepResult, Update } from '../method';
import { parseRunFile } from '../run-file';
import type { PlaneBench } from './plane-bench';

export const PROMPTS = ['cat', 'apple', 'owl', 'tent'];

/** Numbers that no two places share. */
export const spread = (count: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(12.9898 * (i + 1) + 78.233 * seed));

/** A source that gives other numbers at every draw. */
function source(seed: number) {
  let draws = 0;
  const uniform = () => Math.abs(Math.sin(1 + 37.719 * ++draws + seed)) % 1;
  return { uniform, integer: (low: number, high: number) => low + Math.floor(uniform() * (high - low)) };
}

/** A run of three pictures or one group, its hinge flat nowhere. */
export function runOf(method: MethodId, changes: Partial<RunFile> = {}): RunFile {
  const { options, group, forms } = methodOf(method);
  const defaults = Object.fromEntries(Object.entries(options).map(([key, option]) => [key, option.default]));
  return parseRunFile({
    version: 1,
    prompts: PROMPTS,
    method,
    batch: group?.(defaults) ?? 3,
    rollout: { steps: 6 },
    timesteps: { sigmaMin: 0.3, sigmaMax: 0.9, count: 40, step: 10 },
    reward: { form: forms[0], positive: ['round'], negative: ['flat'], margin: 50 },
    ...changes,
  });
}

/** The update that `seed` gives a bench, its plan drawn unless it is given. */
export function updateOf(run: RunFile, bench: PlaneBench, seed: number, plan?: unknown): Update {
  const method = methodOf(run.method);
  const context: PlanContext<unknown> = { run, options: run.options, update: 0, sigmas: bench.sigmas };
  const chosen = plan ?? method.draw(context, source(seed));
  const size = bench.pictures * 2;
  const extra: Partial<Record<ExtraNoise, Float32Array>> = {};
  for (const [name, copies] of Object.entries(method.extraNoise?.(context, chosen) ?? {})) {
    extra[name as ExtraNoise] = spread(copies * size, seed + 50);
  }
  const group = method.group?.(run.options) ?? 1;
  return {
    plan: chosen,
    prompts: Array.from({ length: bench.pictures }, (_, i) => PROMPTS[Math.floor(i / group) % PROMPTS.length]),
    words: { positive: run.reward.positive[0], negative: run.reward.negative[0] },
    noise: spread(size, seed),
    extra,
    x0: null,
    onPhase: () => {},
  };
}

/** One update of a run at a bench, whose gradient is this update's alone. */
export async function step(
  run: RunFile,
  bench: PlaneBench,
  seed: number,
  { inspect = false, plan }: { inspect?: boolean; plan?: unknown } = {},
): Promise<StepResult> {
  bench.clearGradient();
  const opened = await methodOf(run.method).open(bench, { run, options: run.options, inspect });
  const result = await opened.run(updateOf(run, bench, seed, plan));
  opened.destroy();
  return result;
}

export type Gradient = Record<string, Float32Array>;

/** ‖g‖ over all factors. */
export const norm = (gradient: Gradient): number => Math.hypot(...Object.values(gradient).flatMap((part) => [...part]));

/** ‖a − b‖ / ‖b‖ over all factors. */
export const distance = (a: Gradient, b: Gradient): number =>
  norm(Object.fromEntries(Object.entries(a).map(([name, part]) => [name, part.map((v, i) => v - b[name][i])]))) /
  norm(b);
