import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import { advanced, type Bar, drawingStage, restingStage, runStage } from './progress';
import { hasPictures, type RunView, startingView, withDrawn, withRow } from './run-view';
import { type StudioState, useStudio, viewOf } from './store';

const live = startingView('r', { ...PRESET, steps: 2 }, 'mine');
const start = { ...useStudio.getState(), cancelStart: () => {} };
const phase = (name: string, done = 0, total = 1) => ({ phase: name, done, total });
const running = (step: number, name: string, done = 0, total = 1): Partial<StudioState> => ({
  opened: 'yes',
  live: { ...live, state: 'running', step },
  progress: phase(name, done, total),
});

/** What a run goes through from the press to its end. */
const WAY: Partial<StudioState>[] = [
  { opened: 'opening', download: { file: 'a', loadedBytes: 30e6, totalBytes: 80e6 }, downloadBytes: 60e6 },
  { opened: 'opening', download: { file: 'b', loadedBytes: 80e6, totalBytes: 80e6 }, downloadBytes: 60e6 },
  { opened: 'yes' },
  { opened: 'yes', live, progress: phase('tuning', 1, 4), kernels: 1 },
  { opened: 'yes', live, progress: phase('tuning', 4, 4), kernels: 4 },
  // The next program counts from 1 again.
  { opened: 'yes', live, progress: phase('tuning', 1, 9), kernels: 5 },
  { ...running(0, ''), progress: null },
  running(0, 'samples', 4, 16),
  running(0, 'samples', 16, 16),
  running(0, 'judging'),
  running(0, 'tuning', 1, 3),
  running(0, 'timeline', 10, 10),
  running(0, 'timeline', 4, 12),
  running(0, 'rollout', 5, 10),
  running(0, 'branches', 1, 1),
  running(0, 'saving'),
  running(1, 'timeline', 1, 12),
  running(1, 'rollout', 1, 10),
  running(1, 'saving'),
  { ...running(2, ''), progress: null },
  running(2, 'samples', 8, 16),
];

test('from the press to the last update there is one bar: it names each phase, always moves and never goes back', () => {
  let bar: Bar | null = null;
  let now = 0;
  const said: string[] = [];
  for (const changes of WAY) {
    const stage = runStage({ ...start, ...changes })!;
    said.push(stage.words);
    for (let i = 0; i < 3; i++) {
      const before: number = bar?.at ?? -1;
      bar = advanced(bar, stage, now++);
      if (i > 0 && stage.done < 0.9) expect(bar.at, stage.words).toBeGreaterThanOrEqual(before);
      expect(bar.at).toBeLessThanOrEqual(1);
      expect(bar.at).toBeGreaterThanOrEqual(before);
    }
  }
  expect([...new Set(said)]).toEqual([
    'Downloading, 10 MB of 60 MB',
    'Opening the base model',
    'Starting',
    'Choosing the fastest kernels for this device, 1 so far',
    'Choosing the fastest kernels for this device, 4 so far',
    'Choosing the fastest kernels for this device, 5 so far',
    'Drawing the first samples',
    'Drawing the first samples, 4 of 16',
    'Drawing the first samples, 16 of 16',
    'Judging the samples',
    'Choosing the fastest kernels for this device',
    'Drawing the first timeline',
    'Drawing the training pictures, 5 of 10',
    'Computing gradients',
    'Saving',
    'Drawing the timeline',
    'Drawing the training pictures, 1 of 10',
    'Training',
    'Drawing samples, 8 of 16',
  ]);
  expect(bar!.at).toBeGreaterThan(0.97);
  expect(bar!.at).toBeLessThan(1);
});

test('where nothing is counted the bar creeps through its stage, slower and slower', () => {
  const stage = { words: '', from: 0.2, to: 0.4, done: 0, seconds: 10 };
  let bar: Bar | null = null;
  const at = [0, 10, 20, 1000].map((now) => {
    bar = advanced(bar, stage, now);
    return Number(bar.at.toFixed(3));
  });
  expect(at).toEqual([0.2, 0.29, 0.335, 0.38]);
});

test('a run that goes on begins where it was; one that rests says why', () => {
  const resumed: StudioState = { ...start, opened: 'yes', live: { ...live, step: 1, steps: 2 }, kernels: 9 };
  const { from, to } = runStage(resumed)!;
  const rest = (state: RunView['state'], step = 1) => restingStage({ ...live, state, step, steps: 2 }, true);
  expect(from).toBeGreaterThan(rest('paused').from);
  expect(to).toBeLessThan(1);
  expect([rest('paused').words, rest('finished').words]).toEqual(['Paused, saved', 'Finished, kept in the Library']);
  expect([rest('starting', 0).from, rest('finished', 2).from]).toEqual([0, 1]);
  expect(runStage({ ...resumed, cancelStart: null, live: { ...live, state: 'paused' } })).toBeNull();
});

test('a drawing has a bar of its own', () => {
  expect(drawingStage(start)).toBeNull();
  const stages = [
    { opened: 'opening' as const, download: { file: 'a', loadedBytes: 40e6, totalBytes: 80e6 } },
    { opened: 'opening' as const },
    { opened: 'yes' as const, progress: phase('loading', 3.1e9, 11.8e9) },
    { opened: 'yes' as const, progress: phase('tuning'), kernels: 3 },
    { opened: 'yes' as const, progress: phase('timeline', 4, 12) },
  ].map((changes) => drawingStage({ ...start, inspecting: true, ...changes })!);
  expect(stages.map(({ words }) => words)).toEqual([
    'Downloading, 40 MB of 80 MB',
    'Opening the base model',
    'Loading the model, 3.1 GB of 11.8 GB',
    'Choosing the fastest kernels for this device, 3 so far',
    'Drawing',
  ]);
});

test('the recording stays until the first own pictures are there; each sample is shown when it is drawn', () => {
  const recording = { ...live, source: 'recording', runId: null } as RunView;
  const state = { ...start, recording, live };
  expect(viewOf(state)).toBe(recording);
  expect(viewOf({ ...state, recording: null })).toBe(live);
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  const row = { step: 0, prompts: ['a', 'b', 'c'], seeds: [1, 2, 3] };
  const two = withDrawn(live, { ...row, first: 0, pictures: [picture, picture] });
  expect(two.samples[0].drawn).toEqual([picture, picture, null]);
  const all = withDrawn(two, { ...row, first: 2, pictures: [picture] });
  expect(all.samples).toHaveLength(1);
  expect(all.samples[0].drawn).toEqual([picture, picture, picture]);
  expect(hasPictures(two)).toBe(true);
  expect(viewOf({ ...state, live: two })).toBe(two);
  const whole = withRow(all, { ...row, pictures: [picture, picture, picture] });
  expect(whole.samples).toEqual([{ ...row, pictures: [picture, picture, picture] }]);
});
