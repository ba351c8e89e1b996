import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FIELDS } from '../state/fields';
import { getState, setFields, useStudio } from '../state/store';
import { enterStep, leaveLesson } from './enter';
import { LESSONS, lessonOf } from './index';
import { MARKS, STAGES } from './lesson';

test('every lesson file is registered, under a name of its own', () => {
  const files = readdirSync(import.meta.dirname).filter((f) => !/^(index|lesson|enter|.*\.test)\.ts$/.test(f));
  expect(LESSONS.length).toBe(files.length);
  expect(new Set(LESSONS.map(({ id }) => id)).size).toBe(LESSONS.length);
  expect(lessonOf('no such lesson')).toBe(LESSONS[0]);
});

for (const { id, steps } of LESSONS) {
  for (const [i, { title, text, state, marks = [], question }] of steps.entries()) {
    test(`${id}, step ${i + 1}: a short text, and a state that there is`, () => {
      expect(title).not.toBe('');
      expect(text.split(/[.?!](?:\s|$)/).filter(Boolean).length).toBeLessThanOrEqual(2);
      expect(text.length).toBeLessThanOrEqual(300);
      for (const name of Object.keys(state.settings ?? {})) expect(Object.keys(FIELDS)).toContain(name);
      if (state.sigma !== undefined) expect(state.sigma >= 0 && state.sigma <= 1).toBe(true);
      if (state.recording) expect(existsSync(`public/recordings/${state.recording}/recording.json`)).toBe(true);
      for (const stage of state.shows ?? []) expect(STAGES).toContain(stage);
      for (const mark of marks) expect(MARKS).toContain(mark);
      if (question) expect(question.answers.filter(({ right }) => right)).toHaveLength(1);
    });
  }
}

const column = (sigma: number) => ({ sigma });
const timeline = { step: 0, columns: [0.98, 0.5, 0.06].map(column) };

test('a step moves the cursors and gives back the settings that it borrowed', () => {
  const recording = { step: 40, run: {}, frames: { 0: timeline }, frameSteps: [0] };
  useStudio.setState({ recording: recording as never, live: null });
  setFields({ steps: 12, compareSteps: 1, cursorStep: 3 });
  const text = { title: 't', text: 't' };
  enterStep({
    ...text,
    state: { sigma: 0.4, trainingStep: 20, settings: { steps: 5, compareSteps: 2 } },
    marks: ['scores'],
  });
  const { fields, lesson } = getState();
  expect([fields.cursorColumn, fields.cursorStep, fields.steps, fields.compareSteps]).toEqual([1, 20, 5, 2]);
  expect(lesson?.marks).toEqual(['scores']);
  enterStep({ ...text, state: { sigma: 0 } });
  expect(getState().fields).toMatchObject({ cursorColumn: 2, cursorStep: 20, steps: 12, compareSteps: 1 });
  leaveLesson();
  expect(getState().lesson).toBeNull();
});

test('a run on the page keeps its own settings, and a recording that a step asks for goes before it', () => {
  useStudio.setState({ live: { runId: 'a', step: 1, frames: {} } as never });
  setFields({ steps: 12, compareSteps: 1 });
  enterStep({
    title: 't',
    text: 't',
    state: { recording: 'first-run', settings: { steps: 5, compareSteps: 2 } },
  });
  expect(getState().fields).toMatchObject({ steps: 12, compareSteps: 2 });
  expect(getState().lesson?.recorded).toBe(true);
  leaveLesson(true);
  expect(getState().fields.compareSteps).toBe(2);
  useStudio.setState({ live: null });
});
