/** @file Draws the timeline of the prompt typed above it, or of the training picture, at the step under the cursor. */

import type { LoraRef } from '../../worker/protocol';
import { bytes } from '../numbers/in-words';
import { asDrawing, inspect, SIGMAS } from '../remote/draw';
import { keptSteps, nearestStep, type RunView } from '../state/run-view';
import { cursorStepOf, getState, notify, useStudio } from '../state/store';
import type { Action } from './action';

export const drawTimeline: Action = {
  id: 'draw-timeline',
  label: (state) =>
    state.inspecting
      ? 'Drawing…'
      : state.downloadBytes
        ? `Draw timeline (downloads ${bytes(state.downloadBytes)} once)`
        : 'Draw timeline',
  enabled: (state) => state.capability?.kind === 'ready' && !state.inspecting && state.opened !== 'opening',
  perform: async () => {
    const state = getState();
    const { timelinePrompt, timelineSeed } = state.fields;
    const { live } = state;
    const prompt = timelinePrompt.trim() || (live?.source === 'live' ? null : state.fields.prompts[0]);
    const { lora, step } = loraUnderCursor(live, cursorStepOf(state));
    if (step !== cursorStepOf(state) && live?.runId) {
      notify(
        'info',
        `No LoRA of step ${cursorStepOf(state)} is kept; the timeline is that of ${step ? `step ${step}` : 'the base'}.`,
      );
    }
    useStudio.setState({ inspecting: true });
    try {
      await asDrawing(async (signal) => {
        useStudio.setState({ inspected: await inspect(prompt, timelineSeed, lora, SIGMAS, signal) });
      });
    } finally {
      useStudio.setState({ inspecting: false });
    }
  },
};

/** The LoRA of the step that is kept nearest to the cursor's; the base counts as step 0. */
export function loraUnderCursor(live: RunView | null, cursor: number): { lora: LoraRef; step: number } {
  if (!live?.runId) return { lora: { kind: 'base' }, step: 0 };
  const step = nearestStep([0, ...keptSteps(live), live.step], cursor) ?? 0;
  if (step === 0) return { lora: { kind: 'base' }, step };
  return { lora: { kind: 'run', runId: live.runId, ...(step === live.step ? {} : { step }) }, step };
}
