/** @file Timelines of the run on the page that lie in the Library: their pictures are opened as the cursor reaches them. */
import type { FrameRecord } from '../../storage/records';
import type { Timeline } from '../../worker/protocol';
import { cellsOf } from '../pictures/sheet';
import { nearestStep } from '../state/run-view';
import { changeLive, cursorStepOf, useStudio, viewOf } from '../state/store';
import { report } from './report';

/** Follows the cursor over the training steps; returns a function that stops it. */
export function followStoredFrames(): () => void {
  return useStudio.subscribe((now, before) => {
    if (now.fields.cursorStep === before.fields.cursorStep && viewOf(now) === viewOf(before)) return;
    void showFrame().catch(report);
  });
}

/** Opens the timeline nearest to the cursor, where it is not on the page yet. */
async function showFrame(): Promise<void> {
  const state = useStudio.getState();
  const view = viewOf(state);
  const step = view && nearestStep(view.frameSteps, cursorStepOf(state));
  if (!view?.runId || view !== state.live || step === undefined || step === null || view.frames[step]) return;
  const { runId } = view;
  const { getFrame } = await import('../../storage/frames');
  const stored = await getFrame(runId, step);
  const timeline = stored && (await opened(stored));
  changeLive((live) => {
    if (live.runId !== runId || live.frames[step]) return live;
    // One that has gone meanwhile is looked for no more.
    if (!timeline) return { ...live, frameSteps: live.frameSteps.filter((at) => at !== step) };
    return { ...live, frames: { ...live.frames, [step]: timeline } };
  });
}

async function opened({ timeline, sheet, width, height }: FrameRecord): Promise<Timeline> {
  const { timelineOfSheet } = await import('../../sheets/timeline-pictures');
  return timelineOfSheet(timeline, await cellsOf(new Blob([sheet]), width, height));
}
