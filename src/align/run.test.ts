import { expect, test } from 'vitest';
import type { Metrics } from '../formats/metrics';
import type { TrainerState } from '../formats/trainer-state';
import { parseRunFile } from '../methods/run-file';
import { AlignmentRun, type Progress, type RunStore, type RunTrainer } from './run';

const words = { positive: ['a'], negative: ['b'] };
const stateAt = (step: number): TrainerState => ({
  ...{ step, parameters: Float32Array.of(step), firstMoment: new Float32Array(1), secondMoment: new Float32Array(1) },
  ...{ rngState: 'r', kernelVariants: {}, ...words },
});

/** A trainer that counts, a store that lists what it is given, and a run between them. */
function world(changes: object, state: TrainerState | null = null, begun?: boolean) {
  const saved: Progress[] = [];
  const samples: number[] = [];
  let step = state?.step ?? 0;
  const trainer: RunTrainer = {
    get step() {
      return step;
    },
    picture: null,
    setWords: () => {},
    samples: async () => [],
    state: async () => stateAt(step),
    update: async () => ({ step: ++step }) as unknown as Metrics,
  };
  const store: RunStore = {
    save: async (progress) => void saved.push(progress),
    hasSamples: (at) => samples.includes(at),
    saveSamples: async (at) => void samples.push(at),
  };
  const frames = { isDue: false, drawn: [] as number[], draw: async () => void frames.drawn.push(run.step) };
  const file = parseRunFile({ version: 1, prompts: ['cat'], ...changes });
  const run: AlignmentRun = new AlignmentRun(file, store, (job) => job(trainer), state, frames, begun);
  const all = async () => {
    const pieces: string[] = [];
    for (let piece = run.next; piece !== 'over'; piece = run.next) {
      pieces.push(`${piece} ${run.step}`);
      await run.do(piece);
    }
    return pieces;
  };
  return { run, all, saved, samples, frames, store, trainer };
}

test('a run begins, shows step 0, updates, and leaves samples and LoRAs when they are due', async () => {
  const { all, saved, samples } = world({ steps: 5, samples: { every: 2 }, keepEvery: 3 });
  expect(await all()).toEqual([
    ...['begin 0', 'frame 0', 'samples 0', 'update 0'],
    ...['update 1', 'samples 2', 'update 2', 'update 3', 'samples 4', 'update 4'],
    ...['frame 5', 'samples 5'],
  ]);
  expect(samples).toEqual([0, 2, 4, 5]);
  expect(saved.map(({ state, metrics, keep }) => [state.step, metrics?.step ?? null, keep])).toEqual([
    [0, null, false],
    [1, 1, false],
    [2, 2, false],
    [3, 3, true],
    [4, 4, false],
    [5, 5, false],
  ]);
});

test('a resumed run makes the updates that are left; one that is over does nothing', async () => {
  const { all, saved } = world({ steps: 4, samples: { every: 100 } }, stateAt(2));
  expect(await all()).toEqual(['frame 2', 'update 2', 'update 3', 'frame 4', 'samples 4']);
  expect(saved.map(({ state }) => state.step)).toEqual([3, 4]);
  const over = world({ steps: 2 }, stateAt(2));
  over.samples.push(2);
  expect(await over.all()).toEqual(['frame 2']);
});

test('an extended run is saved before it goes on', async () => {
  const { all, saved } = world({ steps: 3, samples: { every: 100 } }, stateAt(2), false);
  expect(await all()).toEqual(['begin 2', 'frame 2', 'update 2', 'frame 3', 'samples 3']);
  expect(saved[0].state.parameters).toEqual(Float32Array.of(2));
});

test('timelines are drawn where enough updates have passed, and one a step', async () => {
  const { run, frames } = world({ steps: 9, samples: { every: 100 } });
  for (const piece of ['begin', 'frame', 'samples', 'update'] as const) {
    expect(run.next).toBe(piece);
    await run.do(piece);
  }
  expect(run.next).toBe('update');
  frames.isDue = true;
  expect(run.next).toBe('frame');
  await run.do('frame');
  await run.drawFrame();
  expect(frames.drawn).toEqual([0, 1]);
  expect(run.next).toBe('update');
});

test('what could not be saved has not happened', async () => {
  const { run, store } = world({ steps: 3 });
  await run.do('begin');
  const { save } = store;
  store.save = async () => {
    throw new Error('full');
  };
  await expect(run.do('update')).rejects.toThrow('full');
  expect([run.step, run.state?.step]).toEqual([0, 0]);
  store.save = save;
  await run.setWords({ positive: ['c'], negative: ['d'] });
  expect(run.state).toMatchObject({ step: 0, positive: ['c'], negative: ['d'] });
});
