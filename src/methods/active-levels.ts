/**
 * @file Where along σ the gradient of an update went.
 */
import type { RunFile } from '../formats/run-file';
import { methodOf } from '.';

/**
 * Levels of the calls that carried its gradient, from the update's own plan; none where the plan is not one of the
 * method, such as a stored line of another version.
 *
 * @param sigmas the rollout's levels
 */
export function activeLevels(
  run: RunFile,
  sigmas: readonly number[],
  { step, plan }: { step: number; plan: unknown },
): number[] {
  const { plan: schema, timeline } = methodOf(run.method);
  const parsed = schema.safeParse(plan);
  if (!parsed.success) return [];
  const context = { run, options: run.options, update: step - 1, sigmas };
  return timeline.active(context, parsed.data).filter((sigma) => Number.isFinite(sigma));
}
