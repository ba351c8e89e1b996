/** @file Pictures and timelines, drawn by the worker. */
import type { LoraRef } from '../../worker/protocol';
import { runOfFields } from '../state/run-of-fields';
import { getState, notify } from '../state/store';
import { openBundle } from './bundle';
import { ask } from './messages';
import { reachable } from './reachable-lora';

/** Noise levels that the page asks for when it draws a timeline itself. */
export const SIGMAS = [0.98, 0.96, 0.9, 0.83, 0.76, 0.7, 0.6, 0.48, 0.36, 0.25, 0.15, 0.06];

/** Draws with `lora`: every prompt with every seed, prompts outermost. */
export async function generate(
  prompts: string[],
  seeds: number[],
  lora: LoraRef,
  options: { steps: number; guidance: number; strength: number },
) {
  await openBundle();
  const answer = await ask({ type: 'generate', prompts, seeds, lora: await reachable(lora), ...options }, 'generated');
  for (const warning of answer.warnings) notify('info', warning);
  return answer.pictures;
}

/** Draws the timeline of a prompt (null: the current training picture) at the given noise levels. */
export async function inspect(prompt: string | null, seed: number, lora: LoraRef, sigmas: number[]) {
  await openBundle();
  const run = getState().live?.run ?? runOfFields(getState().fields);
  return (await ask({ type: 'inspect', run, prompt, seed, lora: await reachable(lora), sigmas }, 'timeline')).timeline;
}
