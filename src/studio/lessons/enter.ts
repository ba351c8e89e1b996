/** @file Puts the workspace into the state of a lesson's step, and gives back what a step only borrowed. */
import { FIELDS, type Fields } from '../state/fields';
import { pausePlayback, play } from '../state/playback';
import { getState, setFields, timelineOf, useStudio } from '../state/store';
import { nothingTyped, switchMethod } from '../state/switch-method';
import { type LessonStep, showsOf } from './lesson';

/** Enters a step, whatever step was entered before. */
export function enterStep({ state, marks = [] }: LessonStep): void {
  const shows = showsOf(state);
  pausePlayback();
  const { live, lesson, fields: shown } = getState();
  // What the step before borrowed is given back with the same change: what both show stays on the page meanwhile.
  const given = lesson?.borrowed ?? {};
  const fields = { ...shown, ...given };
  // The words of a run that trains are its own.
  const wanted = Object.entries(state.settings ?? {}).filter(
    ([name]) => live === null || FIELDS[name as keyof Fields].run === undefined,
  );
  const method = wanted.find(([name]) => name === 'method')?.[1];
  if (method !== undefined) {
    // With a method come options and a batch that fit it.
    const { fields: fit } = switchMethod(fields, nothingTyped, method as string);
    wanted.unshift(...Object.entries(fit));
  }
  const borrowed = Object.fromEntries(wanted.map(([name]) => [name, fields[name as keyof Fields]])) as Partial<Fields>;
  if (state.recording) {
    borrowed.recordingId = fields.recordingId;
    wanted.push(['recordingId', state.recording]);
  }
  useStudio.setState({ lesson: { marks, shows, borrowed, recorded: state.recording !== undefined } });
  const changes: Partial<Fields> = { ...given, ...Object.fromEntries(wanted) };
  if (state.trainingStep !== undefined) changes.cursorStep = state.trainingStep;
  setFields(changes);
  pointAtLevel({ state });
  if (state.plays) play(state.plays);
}

/** Puts the cursor on the step's noise level, once there is a timeline with levels. */
export function pointAtLevel({ state: { sigma } }: Pick<LessonStep, 'state'>): void {
  if (sigma !== undefined) setFields({ cursorColumn: columnNearest(sigma) });
}

/** Leaves the lesson; with `keep` its settings stay on the page. */
export function leaveLesson(keep = false): void {
  pausePlayback();
  if (!keep) giveBack();
  useStudio.setState({ lesson: null });
}

function giveBack(): void {
  const { lesson } = getState();
  if (lesson) setFields(lesson.borrowed);
}

/** The column of the timeline whose noise level is nearest to sigma; the first where there is no timeline. */
function columnNearest(sigma: number): number {
  const distances = timelineOf(getState())?.columns.map((column) => Math.abs(column.sigma - sigma)) ?? [];
  return Math.max(distances.indexOf(Math.min(...distances)), 0);
}
