/** @file Draws the timeline of the prompt typed above it, or of the training picture, at the step under the cursor. */

import type { LoraRef } from '../../worker/protocol';
import { bytes } from '../numbers/in-words';
import { inspect, SIGMAS } from '../remote/draw';
import { keptSteps, nearestStep } from '../state/run-view';
import { cursorStepOf, getState, useStudio } from '../state/store';
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
    useStudio.setState({ inspecting: true });
    try {
      const timeline = await inspect(prompt, timelineSeed, loraUnderCursor(), SIGMAS);
      useStudio.setState({ inspected: timeline });
    } finally {
      useStudio.setState({ inspecting: false });
    }

    function loraUnderCursor(): LoraRef {
      const step = cursorStepOf(state);
      if (!live?.runId || step === 0) return { kind: 'base' };
      if (step === live.step) return { kind: 'run', runId: live.runId };
      const kept = nearestStep(keptSteps(live), step);
      return kept === undefined ? { kind: 'base' } : { kind: 'run', runId: live.runId, step: kept };
    }
  },
};
