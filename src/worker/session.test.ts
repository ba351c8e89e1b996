import { expect, test } from 'vitest';
import type { TrainerOptions } from '../align/trainer';
import { UserError } from '../errors';
import type { TrainerState } from '../formats/trainer-state';
import { parseRunFile } from '../methods/run-file';
import { lockRun } from '../storage/locks';
import { listMetrics } from '../storage/metrics';
import { getRun } from '../storage/runs';
import { getSnapshot } from '../storage/snapshots';
import { fillDisk, testLocks } from '../storage/testing';
import type { Event, RunState } from './protocol';
import { type Desk, Session, type SessionPorts, type SessionTrainer } from './session';

/** A trainer whose parameter is the number of its updates. */
class FakeTrainer {
  step: number;
  words: { positive: string[]; negative: string[] };
  picture = null;
  lora = {} as SessionTrainer['lora'];
  constructor(
    state: TrainerState | null,
    private readonly world: { beforeUpdate(step: number, ask?: TrainerOptions['ask']): unknown; usedWords: string[] },
    private readonly ask?: TrainerOptions['ask'],
  ) {
    this.step = state?.step ?? 0;
    this.words = state ? { positive: state.positive, negative: state.negative } : { positive: ['a'], negative: ['b'] };
  }
  async update() {
    await this.world.beforeUpdate(this.step + 1, this.ask);
    const [positive, negative] = [this.words.positive[0], this.words.negative[0]];
    this.world.usedWords.push(positive);
    this.step++;
    return {
      ...{ step: this.step, plan: {}, reward: 0, loss: 0 },
      ...{ gradNorm: 1, saturation: 0, positive, negative, seconds: 0.01 },
    };
  }
  async samples() {
    return [];
  }
  setWords(words: { positive: string[]; negative: string[] }) {
    this.words = words;
  }
  async state(): Promise<TrainerState> {
    const numbers = () => Float32Array.of(this.step);
    return {
      ...{ step: this.step, parameters: numbers(), firstMoment: numbers(), secondMoment: numbers() },
      ...{ rngState: '00000001-00000002-00000003-00000004', kernelVariants: {}, ...this.words },
    };
  }
  destroy() {}
}

let runs = 0;

function setUp(steps = 4) {
  const world = {
    beforeUpdate: (_: number, __?: TrainerOptions['ask']): unknown => undefined,
    usedWords: [] as string[],
    trainers: 0,
    patience: new AbortController().signal,
  };
  const events: Event[] = [];
  const watchers = new Set<() => void>();
  const locks = testLocks();
  const desk: Desk = {
    createTrainer: async (_, { state, ask }) => {
      world.trainers++;
      return new FakeTrainer(state ?? null, world, ask) as unknown as SessionTrainer;
    },
    away: (waiting) => waiting,
    drawFrame: async () => ({ timeline: {} as never, seconds: 0 }),
  };
  const ports: SessionPorts = {
    engine: {
      base: { hash: 'base', linearsOf: () => [{ name: 'l', in: 1, out: 1 }] },
      memoryBytes: 0,
      judge: async () => null,
      use: (job) => job(desk),
    },
    lock: (id) => lockRun(id, locks, world.patience),
    emit: (event) => {
      events.push(event);
      for (const look of watchers) look();
    },
  };
  const run = parseRunFile({ version: 1, prompts: ['cat'], steps, keepEvery: 100, samples: { every: 100 } });
  /** Resolves with the event after which the condition holds. */
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => condition() && watchers.delete(look) && resolve();
      watchers.add(look);
      look();
    });
  const stateIs = (state: RunState) =>
    until(() => events.filter((event) => event.type === 'state').at(-1)?.state === state);
  const failure = () => events.find((event) => event.type === 'failed');
  return { world, events, ports, run, runId: `run-${++runs}`, until, stateIs, failure };
}

test('a run trains to its end, and after every update its record and snapshot agree', async () => {
  const { ports, run, runId, world } = setUp();
  const session = await Session.start(ports, runId, run, 'name');
  const seen: number[][] = [];
  world.beforeUpdate = () =>
    void Promise.all([getRun(runId), getSnapshot(runId)]).then(([r, s]) => seen.push([r!.step, s!.step]));
  await session.train();
  expect(seen).toEqual([0, 1, 2, 3].map((n) => [n, n]));
  expect(await getRun(runId)).toMatchObject({ state: 'finished', step: 4 });
  expect((await getSnapshot(runId))!.parameters).toEqual(Float32Array.of(4));
});

test('a start that is called off leaves nothing; a run with updates is kept', async () => {
  const { ports, run, runId, world } = setUp();
  const session = await Session.start(ports, runId, run, 'name');
  world.beforeUpdate = () => {
    session.stop(true);
    throw new UserError('never done');
  };
  const done = session.train();
  expect(session.isTraining).toBe(true);
  await done;
  expect(session.isTraining).toBe(false);
  expect((await getRun(runId))?.deletedAt).toBe(0);

  const other = setUp();
  const kept = await Session.start(other.ports, other.runId, other.run, 'name');
  other.world.beforeUpdate = (step) => step === 2 && kept.stop(true);
  await kept.train();
  expect(await getRun(other.runId)).toMatchObject({ state: 'stopped', step: 2 });
  expect((await getRun(other.runId))?.deletedAt).toBeUndefined();
});

test('a loss that is not finite pauses at the last good state with its sentence, and training can go on', async () => {
  const { ports, run, runId, world, stateIs, failure } = setUp();
  const session = await Session.start(ports, runId, run, 'name');
  world.beforeUpdate = (step) => {
    if (step === 3) throw new UserError('The loss of update 3 is not finite.');
  };
  const done = session.train();
  await stateIs('paused');
  expect(failure()).toMatchObject({ runId, message: 'The loss of update 3 is not finite.' });
  expect(await getRun(runId)).toMatchObject({ state: 'paused', step: 2 });
  world.beforeUpdate = () => {};
  session.continue();
  await done;
  expect(world.trainers).toBe(2);
  expect((await listMetrics((await getRun(runId))!)).map((m) => m.step)).toEqual([1, 2, 3, 4]);
});

test('a full disk pauses with a sentence; what was saved stays, and the step is made again', async () => {
  const { ports, run, runId, world, stateIs, failure } = setUp();
  const session = await Session.start(ports, runId, run, 'name');
  let free = () => {};
  world.beforeUpdate = (step) => {
    if (step === 3) free = fillDisk('snapshot');
  };
  const done = session.train();
  await stateIs('paused');
  expect(failure()).toMatchObject({ runId, retry: true, message: expect.stringMatching(/no room left/) });
  expect((await getRun(runId))!.step).toBe(2);
  expect((await getSnapshot(runId))!.step).toBe(2);
  free();
  world.beforeUpdate = () => {};
  session.continue();
  await done;
  expect((await listMetrics((await getRun(runId))!)).map((m) => m.step)).toEqual([1, 2, 3, 4]);
});

test('new words are used from the next update on and survive a resume', async () => {
  const { ports, run, runId, world, events } = setUp(3);
  const session = await Session.start(ports, runId, run, 'name');
  world.beforeUpdate = (step) => {
    if (step === 2) session.setWords({ positive: ['c'], negative: ['d'] });
  };
  await session.train();
  expect(world.usedWords).toEqual(['a', 'a', 'c']);
  const wordChanges = [{ step: 2, positive: ['c'], negative: ['d'] }];
  expect((await getRun(runId))!.wordChanges).toEqual(wordChanges);
  expect(events.filter(({ type }) => type === 'words')).toEqual([{ type: 'words', runId, wordChanges }]);
  world.beforeUpdate = () => {};
  await (await Session.resume(ports, runId, 4)).train();
  expect(world.usedWords).toEqual(['a', 'a', 'c', 'c']);
});

test('pause, one step, extend, stop', async () => {
  const { ports, run, runId, world, until, stateIs } = setUp(2);
  const session = await Session.start(ports, runId, run, 'name');
  world.beforeUpdate = () => session.pause();
  const done = session.train();
  await stateIs('paused');
  expect(session.step).toBe(1);
  session.extend(10);
  world.beforeUpdate = () => {};
  session.singleStep();
  await until(() => session.step === 2);
  await stateIs('paused');
  session.stop();
  await done;
  expect(session.ended).toBe('stopped');
  expect(await getRun(runId)).toMatchObject({ state: 'stopped', step: 2, run: { steps: 12 } });
});

test('a second tab is refused while the first holds the run, and may go on afterwards', async () => {
  const { ports, run, runId, world, stateIs } = setUp(2);
  const session = await Session.start(ports, runId, run, 'name');
  world.beforeUpdate = () => session.pause();
  const done = session.train();
  await stateIs('paused');
  world.patience = AbortSignal.abort();
  await expect(Session.resume(ports, runId)).rejects.toThrow('This run is open in another tab');
  world.patience = new AbortController().signal;
  session.close();
  await done;
  world.beforeUpdate = () => {};
  await (await Session.resume(ports, runId)).train();
  expect(await getRun(runId)).toMatchObject({ state: 'finished', step: 2 });
});

test('a run of another base, without a snapshot or with fewer steps than done is refused in a sentence', async () => {
  const { ports, run, runId } = setUp(2);
  await (await Session.start(ports, runId, run, 'name')).train();
  const other = { ...ports.engine.base, hash: 'other' };
  await expect(Session.resume({ ...ports, engine: { ...ports.engine, base: other } }, runId)).rejects.toThrow(
    /trained on another base/,
  );
  await expect(Session.resume(ports, runId, 1)).rejects.toThrow(/has 2 updates already, more than the 1 asked for/);
  await expect(Session.resume(ports, 'nowhere')).rejects.toThrow(/no longer in the Library/);
  // A refusal gives the run back.
  await (await Session.resume(ports, runId, 3)).train();
  expect((await getRun(runId))!.step).toBe(3);
});

test('a person is asked for votes before an update; a run that is left meanwhile asks again where it stood', async () => {
  const { ports, run, runId, world, events, until, stateIs } = setUp(1);
  const judged = {
    ...run,
    method: 'grpo',
    batch: 2,
    options: { group: 2 },
    reward: { ...run.reward, model: 'person' },
  };
  const picture = { width: 1, height: 1, data: Float32Array.of(1, 0, 0) };
  let used: readonly unknown[] = [];
  world.beforeUpdate = async (_, ask) => {
    used = await ask!([picture, picture], ['cat', 'cat']);
  };
  const ballots = () => events.filter((event) => event.type === 'ballot');
  const first = await Session.start(ports, runId, judged, 'name');
  const left = first.train();
  await until(() => ballots().length === 1);
  expect(ballots()[0]).toMatchObject({ runId, step: 1, group: 2, prompts: ['cat', 'cat'] });
  expect(() => first.vote(2, [1, 0])).toThrow('These votes are for update 2, the run is at 1.');
  expect(() => first.vote(1, [1])).toThrow('There are 1 votes, expected one for each of 2 pictures.');
  first.pause();
  await stateIs('paused');
  first.close();
  await left;

  const second = await Session.resume(ports, runId);
  const done = second.train();
  await until(() => ballots().length === 2);
  second.vote(1, [1, null]);
  await done;
  expect(used).toEqual([1, null]);
  expect((await getRun(runId))!.step).toBe(1);
});
