import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runOf } from '../../laboratory/run';
import { type Codec, text as textCodec } from '../state/codecs';
import { defaultFields, FIELDS, type Fields } from '../state/fields';
import { settingsRun } from '../state/run-of-fields';
import { getState, setFields, useStudio } from '../state/store';
import words from './data/words.json';
import { enterStep, leaveLesson } from './enter';
import { GLOSSARY } from './glossary';
import { LESSONS, lessonOf } from './index';
import { type LessonStep, MARKS, STAGES } from './lesson';
import { scoresOf } from './score-words';

test('every lesson file is registered, under a name of its own', () => {
  const no = /^(index|lesson|enter|glossary|score-words|run-names|.*\.test)\.ts$/;
  const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.ts') && !no.test(f));
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
      checkSettings(state.settings ?? {});
      checkRecorded(state);
      for (const stage of state.shows ?? []) expect(STAGES).toContain(stage);
      for (const mark of marks) expect(MARKS).toContain(mark);
      if (question) {
        expect(question.answers.filter(({ right }) => right)).toHaveLength(1);
        for (const answer of question.answers) expect(answer.because).toMatch(/\.$/);
      }
    });
  }
}

/** A setting is one that there is, with a value that a link can hold; runs and laboratories can be opened with them. */
function checkSettings(settings: Partial<Fields>): void {
  for (const [name, value] of Object.entries(settings)) {
    const { codec } = FIELDS[name as keyof Fields] as { codec: Codec<unknown> };
    if (codec !== (textCodec as Codec<unknown>)) expect(codec.read(codec.write(value)), name).toEqual(value);
  }
  const fields = { ...defaultFields(), ...settings, batch: 8 };
  expect(settingsRun(fields)).not.toBeNull();
  const { labMethod, labOptions, labSecond, labSecondOptions, labSeed: seed, labPerson: person } = fields;
  runOf({ method: labMethod as never, options: labOptions, seed, person });
  if (labSecond) runOf({ method: labSecond as never, options: labSecondOptions, seed });
  for (const word of [...fields.scoreMore, ...fields.scoreLess]) expect(words.words).toContain(word);
}

/** The recorded run has the level and the training step that a step points at. */
function checkRecorded({ recording = 'first-run', sigma, trainingStep }: LessonStep['state']): void {
  const file = `public/recordings/${recording}/recording.json`;
  expect(existsSync(file)).toBe(true);
  const { frames, metrics } = JSON.parse(readFileSync(file, 'utf8'));
  if (trainingStep != null) {
    expect(trainingStep).toBeLessThanOrEqual(metrics.length);
    expect(frames.map(({ step }: { step: number }) => step)).toContain(trainingStep);
  }
  if (sigma === undefined) return;
  const away = frames[0].columns.map((column: { sigma: number }) => Math.abs(column.sigma - sigma));
  expect(Math.min(...away)).toBeLessThan(0.05);
}

test('what the lesson on one step says of the recorded run is so', () => {
  const { frames } = JSON.parse(readFileSync('public/recordings/first-run/recording.json', 'utf8'));
  const columns: Record<string, number>[] = frames[0].columns;
  const finished = columns.at(-1)!.reward - columns.at(-1)!.penalty;
  expect(finished.toFixed(2)).toBe('0.01');
  const off = ({ rewardOneStep, penaltyOneStep }: Record<string, number>) =>
    Math.abs(rewardOneStep - penaltyOneStep - finished);
  for (const column of columns.filter(({ sigma }) => sigma < 0.66)) expect(off(column)).toBeLessThan(0.01);
  expect(off(columns[0])).toBeGreaterThan(8 * finished);
});

test('the glossary’s entries have ids of their own, and every word that is linked to it is there', () => {
  const ids = GLOSSARY.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const sources = readdirSync('src/studio', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tsx'),
  );
  const linked = sources.flatMap((file) => [
    ...readFileSync(`src/studio/${file}`, 'utf8').matchAll(/<Term id="([^"]+)"/g),
  ]);
  expect(linked.length).toBeGreaterThan(3);
  for (const [, id] of linked) expect(ids).toContain(id);
});

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

test('a recording that two steps show stays on the page between them, and the page’s own comes back', () => {
  setFields({ recordingId: 'first-run' });
  const seen: string[] = [];
  const stop = useStudio.subscribe(({ fields: { recordingId } }) => {
    if (seen.at(-1) !== recordingId) seen.push(recordingId);
  });
  const step = { title: 't', text: 't', state: { recording: 'too-long' } };
  enterStep(step);
  enterStep({ ...step, state: { recording: 'too-long', sigma: 0.4 } });
  leaveLesson();
  stop();
  expect(seen).toEqual(['first-run', 'too-long', 'first-run']);
});

test('what the lesson on words says of the twelve pictures is so', () => {
  const order = (more: string[], less: string[] = []) => {
    const scores = scoresOf(words, { reward: 'clip', more, less, kappa: 0 });
    return words.pictures
      .map((picture, i) => ({ ...picture, score: scores[i] }))
      .sort((a, b) => b.score - a.score)
      .map(({ thing, style }) => `${thing} ${style}`);
  };
  expect(order(['pixel art']).slice(0, 2).sort()).toEqual(['owl pixel art', 'rocket pixel art']);
  expect(order(['3d render'])[3]).toBe('owl pencil sketch');
  expect(order(['3d render'], ['pencil sketch']).slice(10)).toEqual(['owl pencil sketch', 'rocket pencil sketch']);
  const weak = order(['Cyberpunk']);
  expect(weak.slice(0, 6).every((name) => name.startsWith('owl'))).toBe(true);
  expect(weak[5]).toBe('owl pixel art');
  const seen = (word: string) => words.seen[words.words.indexOf(word)];
  expect(Math.min(...words.seen)).toBe(seen('Cyberpunk'));
  expect(seen('Cyberpunk')).toBeLessThan(0.75);
});
