import { expect, test } from 'vitest';
import type { JudgedGrid } from '../formats/judged';
import type { Metrics } from '../formats/metrics';
import type { TrainerState } from '../formats/trainer-state';
import { parseRunFile } from '../methods/run-file';
import { AlignmentRun, type GridJudge, type Progress, type RunStore, type RunTrainer } from './run';

const words = { positive: ['a'], negative: ['b'] };
const stateAt = (step: number): TrainerState => ({
  ...{ step, parameters: Float32Array.of(step), firstMoment: new Float32Array(1), secondMoment: new Float32Array(1) },
  ...{ rngState: 'r', kernelVariants: {}, ...words },
});

/** A trainer that counts, a store that lists what it is given, and a run between them. */
function world(changes: object, state: TrainerState | null = null, begun?: boolean, judge: GridJudge | null = null) {
  const saved: Progress[] = [];
  const samples: number[] = [];
  const judged: JudgedGrid[] = [];
  const best: (number | null)[] = [];
  let step = state?.step ?? 0;
  const trainer: RunTrainer = {
    get step() {
      return step;
    },
    picture: null,
    setWords: () => {},
    samples: async () => [],
    perceived: async () => 0.25,
    state: async () => stateAt(step),
    update: async () => ({ step: ++step }) as unknown as Metrics,
  };
  const store: RunStore = {
    save: async (progress) => void saved.push(progress),
    hasSamples: (at) => samples.includes(at),
    get judged() {
      return judged;
    },
    saveSamples: async (at, _, seen) => {
      samples.push(at);
      if (seen) judged.push(seen.grid);
      if (seen) best.push(seen.bestStep);
    },
  };
  const frames = { isDue: false, drawn: [] as number[], draw: async () => void frames.drawn.push(run.step) };
  const file = parseRunFile({ version: 1, prompts: ['cat'], ...changes });
  const run: AlignmentRun = new AlignmentRun(
    file,
    store,
    (job) => job(trainer),
    state,
    frames,
    begun,
    async () => judge,
  );
  const all = async () => {
    const pieces: string[] = [];
    for (let piece = run.next; piece !== 'over'; piece = run.next) {
      pieces.push(`${piece} ${run.step}`);
      await run.do(piece);
    }
    return pieces;
  };
  return { run, all, saved, samples, judged, best, frames, store, trainer };
}

test('a run begins, shows step 0, updates, and leaves samples and LoRAs when they are due', async () => {
  const { all, saved, samples } = world({ steps: 5, samples: { every: 2 }, keepEvery: 3 });
  expect(await all()).toEqual([
    ...['begin 0', 'samples 0', 'frame 0', 'update 0'],
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
  for (const piece of ['begin', 'samples', 'frame', 'update'] as const) {
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

/** A judge that says these numbers one after the other. */
function judgeOf(said: Partial<JudgedGrid>[], knows = true): GridJudge {
  const whole = { wanted: 0, namedRight: 1, quality: 0.8, diversity: 0.9, gauge: 0 };
  return { knows: () => knows, look: async () => ({ ...whole, ...said.shift() }) };
}

test('the judge sees every grid; the best step is of those that are kept', async () => {
  const judge = judgeOf([{}, { wanted: 0.3 }, { wanted: 0.5 }, { wanted: 0.4 }, { wanted: 0.9, namedRight: 0.2 }]);
  const { run, all, judged, best } = world({ steps: 4, samples: { every: 1 }, keepEvery: 3 }, null, undefined, judge);
  await all();
  expect(judged.map(({ step, wanted }) => [step, wanted])).toEqual([
    [0, 0],
    [1, 0.3],
    [2, 0.5],
    [3, 0.4],
    [4, 0.9],
  ]);
  expect(best).toEqual([0, 0, 0, 3, 3]);
  expect(run.bestStep).toBe(3);
});

test('words that mean no style of the judge are measured by what the rewards see of them', async () => {
  const judge = judgeOf(
    [
      { wanted: null, gauge: null },
      { wanted: null, gauge: null },
    ],
    false,
  );
  const { all, judged } = world({ steps: 1 }, null, undefined, judge);
  await all();
  expect(judged.map(({ wanted }) => wanted)).toEqual([0.25, 0.25]);
});

test('stop: "hacked" ends a run after two grids beyond the limits, and only where it is asked for', async () => {
  const said = () => [{}, { wanted: 0.3 }, { gauge: 1 }, { gauge: 1 }, { gauge: 1 }];
  const settings = { steps: 8, samples: { every: 2 }, keepEvery: 2 };
  const stopped = world({ ...settings, stop: 'hacked' }, null, undefined, judgeOf(said()));
  await stopped.all();
  expect([stopped.run.step, stopped.run.isStopped, stopped.run.bestStep]).toEqual([6, true, 2]);
  expect(stopped.samples).toEqual([0, 2, 4, 6]);
  const whole = world(settings, null, undefined, judgeOf(said()));
  await whole.all();
  expect([whole.run.step, whole.run.isStopped, whole.run.bestStep]).toEqual([8, false, 2]);
});

test('words of a run file with a history: given before the update after their step, again after a resume', async () => {
  const history = [0, 2, 3].map((step) => ({ step, positive: [`word ${step}`], negative: ['b'] }));
  const changes = {
    steps: 4,
    samples: { every: 100 },
    wordHistory: history,
    reward: { positive: ['word 3'], negative: ['b'] },
  };
  const given = (trainer: RunTrainer) => {
    const list: [number, string][] = [];
    trainer.setWords = ({ positive }) => void list.push([trainer.step, positive[0]]);
    return list;
  };
  const fresh = world(changes);
  const words = given(fresh.trainer);
  await fresh.all();
  expect(words).toEqual([
    [0, 'word 0'],
    [0, 'word 0'],
    [2, 'word 2'],
    [3, 'word 3'],
  ]);
  const resumed = world(changes, stateAt(3));
  const later = given(resumed.trainer);
  await resumed.all();
  expect(later).toEqual([[3, 'word 3']]);
});
