/** @file Draws the two sides of Compare with the same prompts and seeds; a pinned side stays as it is. */

import { UserError } from '../../errors';
import type { LoraRef } from '../../worker/protocol';
import { keptSteps } from '../state/run-view';
import { type CompareSide, getState, type StudioState, useStudio } from '../state/store';
import { generate } from './session';

/** The sides that can always be chosen; LoRAs and runs of the Library come on top. */
export function sideOptions(state: StudioState): { id: string; label: string }[] {
  const { live } = state;
  const options = [{ id: 'base', label: 'Base, without a LoRA' }];
  if (live?.runId && live.step > 0) {
    options.push({ id: 'current', label: `This run, “${live.name}”, step ${live.step}` });
    for (const step of keptSteps(live)) {
      options.push({ id: `run:${live.runId}:${step}`, label: `This run at step ${step}` });
    }
  }
  return options;
}

/** What the worker calls the LoRA behind an option. */
export function loraOf(id: string, state: StudioState): LoraRef {
  if (id === 'base') return { kind: 'base' };
  if (id === 'current') {
    if (!state.live?.runId) throw new UserError('There is no run on the page; choose the base or a LoRA.');
    return { kind: 'run', runId: state.live.runId };
  }
  const [kind, key, step] = id.split(':');
  if (kind === 'run') return { kind: 'run', runId: key, step: step ? Number(step) : undefined };
  return { kind: 'stored', loraId: key };
}

/** Names of the options that the two selects offer now, so that a drawn side can say what it is. */
export const optionLabels = new Map<string, string>();

/** Draws every side that is not pinned. */
export async function compareBoth(): Promise<void> {
  const state = getState();
  const { fields, compare } = state;
  const prompts = fields.comparePrompts.length > 0 ? fields.comparePrompts : fields.prompts;
  const seeds = Array.from({ length: fields.compareCount }, (_, i) => fields.compareSeed + i);
  const draw = async (id: string): Promise<CompareSide> => {
    const lora = loraOf(id, state);
    const strength = lora.kind === 'base' ? 1 : fields.strength;
    const name = optionLabels.get(id) ?? sideOptions(state).find((o) => o.id === id)?.label ?? id;
    const pictures = await generate(prompts, seeds, lora, {
      steps: fields.compareSteps,
      guidance: fields.guidance,
      strength,
    });
    const label = lora.kind === 'base' ? name : `${name}, strength ${strength.toFixed(2)}`;
    return { label, prompts, seeds, pictures };
  };
  const setCompare = (change: Partial<StudioState['compare']>) =>
    useStudio.setState((now) => ({ compare: { ...now.compare, ...change } }));
  setCompare({ busy: true });
  try {
    if (!compare.pinnedA) setCompare({ a: await draw(fields.compareA) });
    if (!compare.pinnedB) setCompare({ b: await draw(fields.compareB) });
  } finally {
    setCompare({ busy: false });
  }
}
