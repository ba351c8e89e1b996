/** @file Pictures and timelines, drawn by the worker. */
import type { LoraRef } from '../../worker/protocol';
import { runOfFields } from '../state/run-of-fields';
import { getState, notify, useStudio } from '../state/store';
import { openBundle } from './bundle';
import { ask } from './messages';
import { reachable } from './reachable-lora';

/** Noise levels that the page asks for when it draws a timeline itself. */
export const SIGMAS = [0.98, 0.96, 0.9, 0.83, 0.76, 0.7, 0.6, 0.48, 0.36, 0.25, 0.15, 0.06];

/** Thrown where a drawing is cancelled; nobody has to be told who asked for it. */
export class DrawingCancelled extends Error {}

/** Runs `job` as the drawing that `cancelDrawing` ends; what it was cancelled with is no error. */
export async function asDrawing(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DrawingCancelled());
  useStudio.setState({ cancelDrawing: cancel });
  try {
    await job(controller.signal);
  } catch (error) {
    if (!(error instanceof DrawingCancelled)) throw error;
  } finally {
    useStudio.setState(({ cancelDrawing }) => (cancelDrawing === cancel ? { cancelDrawing: null } : {}));
  }
}

/** Draws with `lora`: every prompt with every seed, prompts outermost. */
export async function generate(
  prompts: string[],
  seeds: number[],
  lora: LoraRef,
  options: { steps: number; guidance: number; strength: number },
  signal?: AbortSignal,
) {
  await openBundle();
  const request = { type: 'generate' as const, prompts, seeds, lora: await reachable(lora), ...options };
  const answer = await ask(request, 'generated', signal);
  for (const warning of answer.warnings) notify('info', warning);
  return answer.pictures;
}

/** Draws the timeline of a prompt (null: the current training picture) at the given noise levels. */
export async function inspect(
  prompt: string | null,
  seed: number,
  lora: LoraRef,
  sigmas: number[],
  signal?: AbortSignal,
) {
  await openBundle();
  const run = getState().live?.run ?? runOfFields(getState().fields);
  const request = { type: 'inspect' as const, run, prompt, seed, lora: await reachable(lora), sigmas };
  return (await ask(request, 'timeline', signal)).timeline;
}
