/** @file Draws the timeline of the prompt typed above it, or of the training picture, at the step under the cursor. */

import type { LoraRef } from '../../worker/protocol';
import { bytes } from '../numbers/in-words';
import { asDrawing, inspect, SIGMAS } from '../remote/draw';
import { keptSteps, nearestStep, type RunView } from '../state/run-view';
import { cursorStepOf, getState, notify, useStudio, viewOf } from '../state/store';
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
  whyNot: ({ capability, inspecting, opened }) => {
    if (capability && capability.kind !== 'ready') return 'This browser cannot draw; the sentence above says why.';
    if (inspecting) return 'One moment: a timeline is being drawn.';
    return opened === 'opening' ? 'One moment: the base model is being opened.' : null;
  },
  perform: async () => {
    const state = getState();
    const { timelinePrompt, timelineSeed } = state.fields;
    const { live } = state;
    const prompt = timelinePrompt.trim() || (live?.source === 'live' ? null : state.fields.prompts[0]);
    const { lora, step } = loraUnderCursor(live, cursorStepOf(state));
    const notThere = instead(viewOf(state), cursorStepOf(state), step);
    if (notThere) notify('info', notThere);
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

/**
 * The LoRA of the step that is kept nearest to the cursor's: one of another step rather than the base, which is step 0
 * and what a recording has to draw with.
 */
export function loraUnderCursor(live: RunView | null, cursor: number): { lora: LoraRef; step: number } {
  const base = { lora: { kind: 'base' as const }, step: 0 };
  if (!live?.runId || cursor === 0) return base;
  const { runId } = live;
  const step = nearestStep([...keptSteps(live), live.step], cursor) || 0;
  if (step === 0) return base;
  return { lora: { kind: 'run', runId, ...(step === live.step ? {} : { step }) }, step };
}

/** Says so where another step is drawn than the one under the cursor; null where it is that one. */
function instead(view: RunView | null, cursor: number, step: number): string | null {
  if (step === cursor) return null;
  if (view?.source === 'recording') {
    return `A recorded run has no LoRA to draw with: the timeline is the base's, before training, not that of step ${cursor}.`;
  }
  return `No LoRA of step ${cursor} is kept; the timeline is that of step ${step}.`;
}
