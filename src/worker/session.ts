/**
 * @file One training run: updates one after the other, a snapshot after each, timelines, samples and kept LoRAs in
 * between; controls from the page take effect between two updates.
 *
 * The last saved state is the truth. Whatever goes wrong (a lost device, a full disk, a loss that is not finite), the
 * trainer is thrown away and built again from that state when training goes on.
 */
import { toRgba } from '../align/picture';
import type { Pipeline } from '../align/pipeline';
import type { OnPhase, Trainer, TrainerOptions, TrainerState, TrainingPicture } from '../align/trainer';
import { UserError } from '../errors';
import { sigmaOf } from '../formats/metrics';
import { decodePng, encodePng } from '../formats/png';
import type { RunFile } from '../formats/run-file';
import { nameOfBase } from '../models/known-bases';
import { QuotaError } from '../storage/database';
import { getRun, missingRun } from '../storage/runs';
import { listSamples, putSamples } from '../storage/samples';
import { createRun, getSnapshot, saveProgress } from '../storage/snapshots';
import type { KeptLoraRecord, RunRecord, SnapshotRecord } from '../storage/types';
import { DeviceGone } from './device';
import { loraFile } from './lora-of';
import { Pace } from './pace';
import type { Event, Picture, RunState, Timeline } from './protocol';

/** What a session needs of a trainer. */
export type SessionTrainer = Pick<
  Trainer,
  'step' | 'picture' | 'lora' | 'words' | 'update' | 'samples' | 'state' | 'setWords' | 'destroy'
>;

/** A timeline that a session asks for. */
export interface FrameRequest {
  run: RunFile;
  step: number;
  /** null before the first update since the trainer was built. */
  picture: TrainingPicture | null;
  words: { positive: string; negative: string };
  todaySigma: number | null;
}

export interface SessionDeps {
  baseHash: string;
  /** Linears that the run's LoRA has, in the order of its parameters. */
  linearsOf(run: RunFile): SnapshotRecord['linears'];
  /** Runs a job on the device, alone; again from its beginning where the device was lost. */
  use<T>(job: (pipeline: Pipeline) => Promise<T>): Promise<T>;
  createTrainer(pipeline: Pipeline, run: RunFile, options: TrainerOptions): Promise<SessionTrainer>;
  drawFrame(
    pipeline: Pipeline,
    trainer: SessionTrainer,
    request: FrameRequest,
    onProgress: () => void,
  ): Promise<{ timeline: Timeline; seconds: number }>;
  /** Takes the run for this tab; the result gives it back. */
  lock(runId: string): Promise<() => void>;
  memoryBytes(): number;
  emit(event: Event): void;
}

type Wanted = 'run' | 'step' | 'pause' | 'stop';

/** Thrown to leave work that nobody wants any more. */
class Interrupted extends Error {}

export class Session {
  #wanted: Wanted = 'run';
  #words: { positive: string[]; negative: string[] } | null = null;
  #wake = () => {};
  #trainer: { pipeline: Pipeline; trainer: SessionTrainer } | null = null;
  /** The last saved state; null before the first. */
  #state: TrainerState | null;
  #picture: TrainingPicture | null = null;
  #frameStep = -1;
  #sampleSteps = new Set<number>();
  #pace: Pace;
  #ended: 'stopped' | 'finished' | null = null;
  #closed = false;

  private constructor(
    private readonly deps: SessionDeps,
    private record: RunRecord,
    state: TrainerState | null,
    private readonly warmStart: TrainerOptions['warmStart'],
    private readonly release: () => void,
  ) {
    this.#state = state;
    this.#pace = new Pace(record.run.samples.every);
  }

  /**
   * A new run.
   * @throws UserError where a run of this id is there already
   */
  static async start(
    deps: SessionDeps,
    runId: string,
    run: RunFile,
    name: string,
    warmStart: TrainerOptions['warmStart'] = null,
  ): Promise<Session> {
    const release = await deps.lock(runId);
    const now = Date.now();
    const record: RunRecord = {
      version: 1,
      id: runId,
      name,
      run,
      step: 0,
      state: 'paused',
      createdAt: now,
      updatedAt: now,
      baseHash: deps.baseHash,
      metrics: [],
      wordChanges: [],
      thumbnail: null,
      keptSteps: [],
    };
    return new Session(deps, record, null, warmStart, release);
  }

  /**
   * A stored run, from its last snapshot.
   * @param steps its new number of updates in all
   * @throws UserError where it is not there, damaged, open in another tab or made with another base
   */
  static async resume(deps: SessionDeps, runId: string, steps?: number): Promise<Session> {
    const release = await deps.lock(runId);
    try {
      const record = await getRun(runId);
      if (!record) throw missingRun();
      const snapshot = await getSnapshot(runId);
      if (!snapshot) throw new UserError(`“${record.name}” has no snapshot to resume from.`);
      if (record.baseHash !== deps.baseHash) {
        throw new UserError(
          `“${record.name}” was trained on ${nameOfBase(record.baseHash)}, not on the base that is open: open that bundle to resume it.`,
        );
      }
      if (steps !== undefined && steps < record.step) {
        throw new UserError(`“${record.name}” has ${record.step} updates already, more than the ${steps} asked for.`);
      }
      const run = { ...record.run, steps: steps ?? record.run.steps };
      const { version: _, runId: __, linears: ___, ...state } = snapshot;
      const session = new Session(deps, { ...record, run, state: 'paused' }, state, null, release);
      await session.#showSamples();
      return session;
    } catch (error) {
      release();
      throw error;
    }
  }

  get runId(): string {
    return this.record.id;
  }

  get step(): number {
    return this.record.step;
  }

  /** 'stopped' or 'finished' once nothing more happens. */
  get ended(): 'stopped' | 'finished' | null {
    return this.#ended;
  }

  get isTraining(): boolean {
    return !this.#ended && this.#wanted !== 'pause';
  }

  /** The picture of the last update, with the noise it was drawn from. */
  get picture(): TrainingPicture | null {
    return this.#picture;
  }

  pause(): void {
    this.#want('pause');
  }

  /** One update, then pause. */
  singleStep(): void {
    this.#want('step');
  }

  continue(): void {
    this.#want('run');
  }

  /** Ends the run and keeps its LoRA as last saved. */
  stop(): void {
    this.#want('stop');
  }

  extend(more: number): void {
    const { run } = this.record;
    this.record = { ...this.record, run: { ...run, steps: run.steps + more } };
    this.#wake();
  }

  /** New control words from the next update on. */
  setWords(words: { positive: string[]; negative: string[] }): void {
    this.#words = words;
    this.#wake();
  }

  /** Leaves the run paused in storage and frees what it holds; `train` then returns. */
  close(): void {
    this.#closed = true;
    this.#want('stop');
  }

  /** Trains until the run is stopped or finished. Errors end in a `failed` event and a pause, never in a throw. */
  async train(): Promise<void> {
    try {
      while (!this.#ended && !this.#closed) {
        try {
          await this.#next();
        } catch (error) {
          if (!(error instanceof Interrupted)) await this.#fail(error);
        }
      }
    } finally {
      this.#dropTrainer();
      this.release();
    }
    if (this.#ended) this.#tell(this.#ended);
  }

  /** The next thing to do. */
  async #next(): Promise<void> {
    if (this.#wanted === 'stop') return this.#end('stopped');
    if (!this.#state) return this.#create();
    if (this.#words) await this.#applyWords();
    const { run, step } = this.record;
    const atEnd = step >= run.steps;
    if (this.#wanted === 'pause' && !atEnd) return this.#rest();
    if (!atEnd && !this.#trainer) await this.#onTrainer(async () => {});
    if (!atEnd) this.#tell('running');
    // A finished run that is only opened again has nothing new to show.
    const isShown = atEnd && !this.#trainer;
    if (!isShown && (step === 0 || atEnd || this.#frameStep < 0 || this.#pace.timelineIsDue)) await this.#drawFrame();
    if (step === 0 || atEnd || step % run.samples.every === 0) await this.#drawSamples();
    if (atEnd) return this.#end('finished');
    if (this.#isHeld()) return;
    await this.#update();
    if (this.#wanted === 'step') this.#wanted = 'pause';
  }

  /** Whether something came in that goes before the next update. */
  #isHeld(): boolean {
    return this.#wanted === 'pause' || this.#wanted === 'stop' || this.#words !== null;
  }

  /** Paused: the timeline is brought up to date, then nothing happens until the page asks for something. */
  async #rest(): Promise<void> {
    this.#tell('paused');
    await this.#drawFrame();
    const { steps } = this.record.run;
    await this.#waitWhile(() => this.#wanted === 'pause' && !this.#words && this.record.run.steps === steps);
  }

  async #create(): Promise<void> {
    const state = await this.#onTrainer((trainer) => trainer.state());
    await createRun(this.record, this.#snapshotOf(state));
    this.#state = state;
    this.deps.emit({ type: 'snapshot', runId: this.runId, step: 0 });
  }

  async #update(): Promise<void> {
    const { emit } = this.deps;
    const started = performance.now();
    const { metrics, state, picture } = await this.#onTrainer(async (trainer) => ({
      metrics: await trainer.update(),
      state: await trainer.state(),
      picture: trainer.picture,
    }));
    const { run, keptSteps, metrics: before } = this.record;
    emit({ type: 'progress', phase: 'saving', done: 0, total: 1 });
    const snapshot = this.#snapshotOf(state);
    const keeps = state.step % run.keepEvery === 0;
    const kept: KeptLoraRecord | null = keeps
      ? { version: 1, runId: this.runId, step: state.step, file: loraFile(this.record, snapshot) }
      : null;
    await this.#save(
      {
        ...this.record,
        step: state.step,
        metrics: [...before, metrics],
        keptSteps: keeps ? [...keptSteps, state.step] : keptSteps,
      },
      snapshot,
      kept,
    );
    this.#state = state;
    this.#picture = picture;
    this.#pace.update((performance.now() - started) / 1000);
    emit({ type: 'metrics', runId: this.runId, metrics });
    emit({ type: 'snapshot', runId: this.runId, step: state.step });
    this.#tell('running');
  }

  /** Words changed while nothing trains must survive a reload too, so they are saved at once. */
  async #applyWords(): Promise<void> {
    const words = this.#words!;
    const state = { ...this.#state!, ...words };
    const { step, wordChanges } = this.record;
    const changes = [...wordChanges.filter((change) => change.step !== step), { step, ...words }];
    await this.#save({ ...this.record, wordChanges: changes }, this.#snapshotOf(state));
    this.#state = state;
    if (this.#words === words) this.#words = null;
    this.#trainer?.trainer.setWords(words);
    this.deps.emit({ type: 'words', runId: this.runId, wordChanges: changes });
  }

  async #drawSamples(): Promise<void> {
    const { step, run } = this.record;
    if (this.#sampleSteps.has(step)) return;
    const started = performance.now();
    const drawn = await this.#onTrainer((trainer) => trainer.samples());
    const pictures = drawn.map((p): Picture => ({ width: p.width, height: p.height, data: toRgba(p) }));
    const { prompts, seed } = run.samples;
    const grid = { runId: this.runId, step, prompts, seeds: prompts.map((_, i) => seed + i) };
    await putSamples({ version: 1, ...grid, pictures: pictures.map((p) => encodePng(p)) });
    this.#sampleSteps.add(step);
    this.#pace.samples((performance.now() - started) / 1000);
    this.deps.emit({ type: 'samples', ...grid, pictures });
  }

  /** Draws the training picture's timeline, unless that of this step is drawn. */
  async #drawFrame(): Promise<void> {
    const { step, run, metrics } = this.record;
    if (this.#frameStep === step) return;
    const wanted = this.#wanted;
    const { positive, negative } = this.#state!;
    const picture = this.#picture;
    const request: FrameRequest = {
      run,
      step,
      picture,
      words: picture ?? { positive: positive[step % positive.length], negative: negative[step % negative.length] },
      todaySigma: sigmaOf(metrics.at(-1)),
    };
    const leaveWhenUnwanted = () => {
      if (this.#wanted !== wanted || this.#closed) throw new Interrupted();
    };
    const { timeline, seconds } = await this.deps.use(async (pipeline) =>
      this.deps.drawFrame(pipeline, await this.#trainerOn(pipeline), request, leaveWhenUnwanted),
    );
    this.#frameStep = step;
    this.#pace.timeline(seconds);
    this.deps.emit({ type: 'frame', runId: this.runId, timeline });
  }

  async #end(how: 'stopped' | 'finished'): Promise<void> {
    // A closed session leaves its run as it is; a run that failed before its first snapshot is not stored.
    if (!this.#closed && this.#state) await this.#save({ ...this.record, state: how }, null);
    if (!this.#closed) this.#ended = how;
  }

  async #save(record: RunRecord, snapshot: SnapshotRecord | null, kept?: KeptLoraRecord | null): Promise<void> {
    await saveProgress(record, snapshot, kept);
    // The run may have been extended while this was under way.
    this.record = { ...record, run: { ...record.run, steps: this.record.run.steps } };
  }

  #snapshotOf(state: TrainerState): SnapshotRecord {
    return { version: 1, runId: this.runId, ...state, linears: this.deps.linearsOf(this.record.run) };
  }

  #onTrainer<T>(job: (trainer: SessionTrainer) => Promise<T>): Promise<T> {
    return this.deps.use(async (pipeline) => {
      try {
        return await job(await this.#trainerOn(pipeline));
      } catch (error) {
        // Half an update may be behind it.
        this.#dropTrainer();
        throw error;
      }
    });
  }

  /** The trainer on this device, built from the last saved state where there is none. */
  async #trainerOn(pipeline: Pipeline): Promise<SessionTrainer> {
    if (this.#trainer?.pipeline === pipeline) return this.#trainer.trainer;
    this.#dropTrainer();
    if (this.#wanted !== 'pause') this.#tell('starting');
    const onPhase: OnPhase = (phase, done, total) => {
      this.deps.emit({ type: 'progress', phase, done, total });
      if (this.#wanted === 'stop') throw new Interrupted();
    };
    const options = { state: this.#state, warmStart: this.#state ? null : this.warmStart, onPhase };
    const trainer = await this.deps.createTrainer(pipeline, this.record.run, options);
    this.#trainer = { pipeline, trainer };
    return trainer;
  }

  #dropTrainer(): void {
    this.#trainer?.trainer.destroy();
    this.#trainer = null;
  }

  /** Pauses with a sentence; training goes on from the last saved state when the page asks for it. */
  async #fail(error: unknown): Promise<void> {
    if (this.#closed) return;
    this.#dropTrainer();
    this.#wanted = 'pause';
    if (!(error instanceof UserError)) console.error(error);
    const retry = error instanceof DeviceGone || error instanceof QuotaError;
    this.deps.emit({ type: 'failed', runId: this.runId, message: sentenceOf(error), retry });
    this.#tell('paused');
    await this.#waitWhile(() => this.#wanted === 'pause');
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#wake();
  }

  /** Waits for the page as long as `holds`. */
  async #waitWhile(holds: () => boolean): Promise<void> {
    while (holds() && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #tell(state: RunState): void {
    const { id: runId, step, run } = this.record;
    const secondsPerStep = this.#pace.secondsPerStep;
    const memoryBytes = this.deps.memoryBytes();
    this.deps.emit({ type: 'state', runId, state, step, steps: run.steps, secondsPerStep, memoryBytes });
  }

  /** Sends the samples that were drawn before, so that a resumed run shows them all. */
  async #showSamples(): Promise<void> {
    const { emit } = this.deps;
    const grids = await listSamples(this.runId, (message) => emit({ type: 'warning', message }));
    for (const { runId, step, prompts, seeds, pictures } of grids) {
      if (step > this.step) continue;
      this.#sampleSteps.add(step);
      emit({ type: 'samples', runId, step, prompts, seeds, pictures: pictures.map((png) => decodePng(png, 'sample')) });
    }
  }
}

/** The sentence of an error: its own where it is meant for users. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return `Something went wrong in the engine itself: ${error instanceof Error ? error.message : String(error)}`;
}
