/** @file Pictures and timelines, drawn by the worker. */
import type { LoraRef, Picture, PictureAsked } from '../../worker/protocol';
import { runOfFields } from '../state/run-of-fields';
import { getState, notify, useStudio } from '../state/store';
import { Cancelled, openBundle } from './bundle';
import { ask } from './messages';
import { reachable } from './reachable-lora';

/** Noise levels that the page asks for when it draws a timeline itself. */
export const SIGMAS = [0.98, 0.96, 0.9, 0.83, 0.76, 0.7, 0.6, 0.48, 0.36, 0.25, 0.15, 0.06];

/** Runs `job` as the drawing that `cancelDrawing` ends; what it was cancelled with is no error. */
export async function asDrawing(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new Cancelled());
  useStudio.setState({ cancelDrawing: cancel, kernels: 0 });
  try {
    await job(controller.signal);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  } finally {
    useStudio.setState(({ cancelDrawing }) => (cancelDrawing === cancel ? { cancelDrawing: null } : {}));
  }
}

/** Waits for `job`, but no longer than until `signal` is aborted. @throws the signal's reason then */
export async function untilAborted<T>(job: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([job, aborted]);
}

/**
 * Draws pictures with `lora`.
 * @param onDrawn takes them as they are done, from its `first` on
 */
export async function generate(
  pictures: PictureAsked[],
  lora: LoraRef,
  options: { steps: number; guidance: number; strength: number },
  onDrawn: (first: number, drawn: Picture[]) => void,
  signal?: AbortSignal,
): Promise<void> {
  await openBundle(signal);
  const request = { type: 'generate' as const, pictures, lora: await reachable(lora), ...options };
  const { warnings } = await ask(request, 'generated', signal, onDrawn);
  for (const warning of warnings) notify('info', warning);
}

/** Draws the timeline of a prompt (null: the current training picture) at the given noise levels. */
export async function inspect(
  prompt: string | null,
  seed: number,
  lora: LoraRef,
  sigmas: number[],
  signal?: AbortSignal,
) {
  await openBundle(signal);
  const run = getState().live?.run ?? runOfFields(getState().fields);
  const request = { type: 'inspect' as const, run, prompt, seed, lora: await reachable(lora), sigmas };
  return (await ask(request, 'timeline', signal)).timeline;
}
