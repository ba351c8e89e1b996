/** @file Play, slow motion and single steps along the two axes: noise level and training step. */
import { cursorStepOf, getState, setFields, timelineOf, useStudio, viewOf } from './store';

let timer = 0;

/** Milliseconds between two positions. */
const PACE = { sigma: 420, step: 260 };
const SLOW = 4;

export function play(axis: 'sigma' | 'step'): void {
  clearTimeout(timer);
  useStudio.setState({ playing: axis });
  const { fields } = getState();
  if (axis === 'step' && fields.cursorStep === null) setFields({ cursorStep: 0 });
  const tick = () => {
    const state = getState();
    if (state.playing !== axis) return;
    if (axis === 'sigma' ? !moveSigma(1) : !moveStep(1)) {
      if (axis === 'step') return pausePlayback();
      setFields({ cursorColumn: 0 });
    }
    timer = window.setTimeout(tick, PACE[axis] * (getState().fields.slow ? SLOW : 1));
  };
  timer = window.setTimeout(tick, PACE[axis] * (fields.slow ? SLOW : 1));
}

export function pausePlayback(): void {
  clearTimeout(timer);
  useStudio.setState({ playing: 'no' });
}

/** Moves along the noise levels (positive = towards the clean picture); false at the end. */
export function moveSigma(by: number): boolean {
  const state = getState();
  const last = (timelineOf(state)?.columns.length ?? 1) - 1;
  const next = Math.min(Math.max(state.fields.cursorColumn + by, 0), last);
  if (next === state.fields.cursorColumn) return false;
  setFields({ cursorColumn: next });
  return true;
}

/** Moves along the training steps; at the newest step the cursor follows again. False at the end. */
export function moveStep(by: number): boolean {
  const state = getState();
  const view = viewOf(state);
  if (!view) return false;
  return setStep(cursorStepOf(state) + by);
}

/** Puts the cursor on a training step; false where it already was there. */
export function setStep(step: number): boolean {
  const state = getState();
  const view = viewOf(state);
  if (!view) return false;
  const next = Math.min(Math.max(step, 0), view.step);
  const changed = next !== cursorStepOf(state);
  setFields({ cursorStep: next === view.step ? null : next });
  if (changed && state.inspected) useStudio.setState({ inspected: null });
  return changed;
}
