/**
 * @file One training run in the worker: what the page asks for takes effect between two pieces of work.
 *
 * What is due is align/run.ts's; where it is kept, library-store.ts's. Whatever goes wrong (a lost device, a full disk, a
 * loss that is not finite), the trainer is thrown away and built again from the last saved state when training goes on.
 */

import type { OnProgress } from '../align/artist';
import { type FloatPicture, toRgba } from '../align/picture';
import { AlignmentRun, type GridJudge, type Piece, type RunTrainer } from '../align/run';
import type { OnPhase, Trainer, TrainerOptions, TrainingPicture } from '../align/trainer';
import { UserError } from '../errors';
import type { Metrics } from '../formats/metrics';
import type { Vote } from '../formats/person';
import type { RunFile } from '../formats/run-file';
import type { TrainerState } from '../formats/trainer-state';
import { methodOf } from '../methods';
import { QuotaError } from '../storage/database';
import { DeviceGone } from './device';
import { LibraryStore, type RunBase } from './library-store';
import { Pace } from './pace';
import type { Event, RunState, Timeline } from './protocol';

/** What a session needs of a trainer. */
export type SessionTrainer = RunTrainer & Pick<Trainer, 'lora' | 'destroy'>;

/** A timeline that a session asks for. */
export interface FrameRequest {
  run: RunFile;
  step: number;
  /** null before the first update since the trainer was built. */
  picture: TrainingPicture | null;
  words: { positive: string; negative: string };
  /** The last one; null before the first. */
  update: Metrics | null;
}

/** What is on the device as long as it is not lost. */
export interface Desk {
  /** @param check called now and then; what it throws ends the work */
  createTrainer(run: RunFile, options: TrainerOptions, check: () => void): Promise<SessionTrainer>;
  /** Waits for what needs no device; others have it meanwhile. */
  away<T>(waiting: Promise<T>): Promise<T>;
  drawFrame(
    trainer: SessionTrainer,
    request: FrameRequest,
    onProgress: OnProgress,
    check: () => void,
  ): Promise<{ timeline: Timeline; seconds: number }>;
}

/** What a session needs of the engine. */
export interface TrainingEngine {
  /** The base that is open. */
  readonly base: RunBase;
  /** Bytes in buffers on the device now. */
  readonly memoryBytes: number;
  /** The judge beside a run, fetched when it is first asked for; null where there is none, or none can be had. */
  judge(): Promise<GridJudge | null>;
  /** Runs a job on the device, alone; again from its beginning, at another desk, where the device was lost. */
  use<T>(job: (desk: Desk) => Promise<T>): Promise<T>;
}

export interface SessionPorts {
  engine: TrainingEngine;
  /** Takes the run for this tab; the result gives it back. */
  lock(runId: string): Promise<() => void>;
  emit(event: Event): void;
}

type Wanted = 'run' | 'step' | 'pause' | 'stop';

/** Thrown to leave work that nobody wants any more. */
class Interrupted extends Error {}

export class Session {
  #wanted: Wanted = 'run';
  #discards = false;
  #words: { positive: string[]; negative: string[] } | null = null;
  #wake = () => {};
  /** The votes of an update, as they come. */
  #votes: { step: number; votes: readonly Vote[] } | null = null;
  #trainer: { desk: Desk; trainer: SessionTrainer } | null = null;
  readonly #run: AlignmentRun;
  readonly #pace: Pace;
  #ended: 'stopped' | 'finished' | null = null;
  #closed = false;

  private constructor(
    private readonly ports: SessionPorts,
    private readonly store: LibraryStore,
    state: TrainerState | null,
    private readonly warmStart: TrainerOptions['warmStart'],
    private readonly release: () => void,
  ) {
    const { run } = store.record;
    const pace = new Pace(run.samples.every);
    this.#pace = pace;
    const frames = {
      get isDue() {
        return pace.timelineIsDue;
      },
      draw: () => this.#drawFrame(),
    };
    const judge = () => {
      ports.emit({ type: 'progress', phase: 'judging', done: 0, total: 1 });
      return ports.engine.judge();
    };
    this.#run = new AlignmentRun(run, store, (job) => this.#onTrainer(job), state, frames, state !== null, judge);
  }

  /**
   * A new run.
   * @throws UserError where a run of this id is there already
   */
  static async start(
    ports: SessionPorts,
    runId: string,
    run: RunFile,
    name: string,
    warmStart: TrainerOptions['warmStart'] = null,
  ): Promise<Session> {
    const release = await ports.lock(runId);
    const store = LibraryStore.create(ports.engine.base, ports.emit, runId, run, name);
    return new Session(ports, store, null, warmStart, release);
  }

  /**
   * A stored run, from its last snapshot.
   * @param steps its new number of updates in all
   * @throws UserError where it is not there, damaged, open in another tab or made with another base
   */
  static async resume(ports: SessionPorts, runId: string, steps?: number): Promise<Session> {
    const release = await ports.lock(runId);
    try {
      const { store, state } = await LibraryStore.open(ports.engine.base, ports.emit, runId, steps);
      const session = new Session(ports, store, state, null, release);
      await store.showSamples();
      return session;
    } catch (error) {
      release();
      throw error;
    }
  }

  get runId(): string {
    return this.store.record.id;
  }

  get step(): number {
    return this.#run.step;
  }

  /** 'stopped' or 'finished' once nothing more happens. */
  get ended(): 'stopped' | 'finished' | null {
    return this.#ended;
  }

  get isTraining(): boolean {
    return !this.#ended && this.#wanted !== 'pause' && this.#wanted !== 'stop';
  }

  /** The picture of the last update, with the noise it was drawn from. */
  get picture(): TrainingPicture | null {
    return this.#run.picture;
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

  /**
   * Ends the run and keeps its LoRA as last saved.
   * @param discard whether a run without updates is not kept
   */
  stop(discard = false): void {
    this.#discards = discard;
    this.#want('stop');
  }

  extend(more: number): void {
    this.store.extendTo(this.store.record.run.steps + more);
    this.#run.run = this.store.record.run;
    this.#wake();
  }

  /** New control words from the next update on. */
  setWords(words: { positive: string[]; negative: string[] }): void {
    this.#words = words;
    this.#wake();
  }

  /** A person's votes on the pictures of update `step`. @throws UserError where others are waited for */
  vote(step: number, votes: readonly Vote[]): void {
    if (step !== this.step + 1)
      throw new UserError(`These votes are for update ${step}, the run is at ${this.step + 1}.`);
    if (votes.length !== this.#run.run.batch) {
      throw new UserError(`There are ${votes.length} votes, expected one for each of ${this.#run.run.batch} pictures.`);
    }
    this.#votes = { step, votes };
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
      if (this.#discards && this.step === 0) await this.store.discard().catch(console.error);
      this.release();
    }
    if (this.#ended) this.#tell(this.#ended);
  }

  /** The next thing to do: what the page asked for, else what is due. */
  async #next(): Promise<void> {
    if (this.#wanted === 'stop') return this.#end('stopped');
    const piece = this.#run.next;
    if (piece === 'begin') return void (await this.#run.do(piece));
    if (this.#words) await this.#applyWords();
    const { step, isAtEnd: atEnd } = this.#run;
    if (this.#wanted === 'pause' && !atEnd) return this.#rest();
    // A finished run that is only opened again has nothing new to show.
    if (piece === 'over' || (piece === 'frame' && atEnd && !this.#trainer && this.store.hasSamples(step))) {
      return this.#end('finished');
    }
    if (!atEnd && !this.#trainer) await this.#onTrainer(async () => {});
    if (!atEnd) this.#tell('running');
    if (piece === 'update' && this.#isHeld()) return;
    await this.#timed(piece);
    if (piece === 'update' && this.#wanted === 'step') this.#wanted = 'pause';
  }

  /** Does one piece, and counts how long updates and samples take. */
  async #timed(piece: Exclude<Piece, 'over'>): Promise<void> {
    const started = performance.now();
    await this.#run.do(piece);
    const seconds = (performance.now() - started) / 1000;
    if (piece === 'samples') this.#pace.samples(seconds);
    if (piece !== 'update') return;
    this.#pace.update(seconds);
    this.#tell('running');
  }

  /** Whether something came in that goes before the next update. */
  #isHeld(): boolean {
    return this.#wanted === 'pause' || this.#wanted === 'stop' || this.#words !== null;
  }

  /** Paused: the timeline is brought up to date, then nothing happens until the page asks for something. */
  async #rest(): Promise<void> {
    this.#tell('paused');
    await this.#run.drawFrame();
    const { steps } = this.#run.run;
    await this.#waitWhile(() => this.#wanted === 'pause' && !this.#words && this.#run.run.steps === steps);
  }

  async #applyWords(): Promise<void> {
    const words = this.#words!;
    await this.#run.setWords(words);
    if (this.#words === words) this.#words = null;
    this.#trainer?.trainer.setWords(words);
  }

  async #drawFrame(): Promise<void> {
    const wanted = this.#wanted;
    const { run, step, picture, state } = this.#run;
    const { positive, negative } = state!;
    const request: FrameRequest = {
      run,
      step,
      picture,
      words: picture ?? { positive: positive[step % positive.length], negative: negative[step % negative.length] },
      update: this.store.lastMetrics ?? null,
    };
    const leaveWhenUnwanted = () => {
      if (this.#wanted !== wanted || this.#closed) throw new Interrupted();
    };
    const onProgress = (done: number, total: number) => {
      leaveWhenUnwanted();
      this.ports.emit({ type: 'progress', phase: 'timeline', done, total });
    };
    const { timeline, seconds } = await this.ports.engine.use(async (desk) =>
      desk.drawFrame(await this.#trainerAt(desk), request, onProgress, leaveWhenUnwanted),
    );
    this.#pace.timeline(seconds);
    await this.store.saveFrame(timeline);
    this.ports.emit({ type: 'frame', runId: this.runId, timeline });
  }

  async #end(how: 'stopped' | 'finished'): Promise<void> {
    // A closed session leaves its run as it is.
    if (this.#closed) return;
    await this.store.end(how);
    if (this.#closed) return;
    this.#ended = how;
    if (how === 'finished' && this.#run.isStopped) this.ports.emit({ type: 'warning', message: this.#stopped() });
  }

  /** Why the run has ended before all of its updates. */
  #stopped(): string {
    const { bestStep, step, run } = this.#run;
    const best = bestStep ? `the best step is ${bestStep}` : 'no kept step is within the limits, the base is best';
    return `Stopped after ${step} of ${run.steps} updates, because the reward is being hacked: ${best}.`;
  }

  #onTrainer<T>(job: (trainer: SessionTrainer) => Promise<T>): Promise<T> {
    return this.ports.engine.use(async (desk) => {
      try {
        return await job(await this.#trainerAt(desk));
      } catch (error) {
        // Half an update may be behind it.
        this.#dropTrainer();
        throw error;
      }
    });
  }

  /** The trainer at this desk, built from the last saved state where there is none. */
  async #trainerAt(desk: Desk): Promise<SessionTrainer> {
    if (this.#trainer?.desk === desk) return this.#trainer.trainer;
    this.#dropTrainer();
    if (this.#wanted !== 'pause') this.#tell('starting');
    const check = () => {
      if (this.#wanted === 'stop') throw new Interrupted();
    };
    const onPhase: OnPhase = (phase, done, total) => {
      this.ports.emit({ type: 'progress', phase, done, total });
      check();
    };
    const { state, run } = this.#run;
    const ask: TrainerOptions['ask'] = (pictures, prompts) => desk.away(this.#ask(pictures, prompts));
    const options = { state, warmStart: state ? null : this.warmStart, onPhase, ask };
    const trainer = await desk.createTrainer(run, options, check);
    this.#trainer = { desk, trainer };
    return trainer;
  }

  /** Shows the pictures of the next update and waits for the votes on them. */
  async #ask(pictures: readonly FloatPicture[], prompts: readonly string[]): Promise<readonly Vote[]> {
    const { run, step } = this.#run;
    const group = methodOf(run.method).group?.(run.options) ?? pictures.length;
    const shown = pictures.map((picture) => ({ ...picture, data: toRgba(picture) }));
    this.ports.emit({
      type: 'ballot',
      runId: this.runId,
      step: step + 1,
      group,
      prompts: [...prompts],
      pictures: shown,
    });
    this.#votes = null;
    const isLeft = () => this.#closed || this.#wanted === 'pause' || this.#wanted === 'stop';
    await this.#waitWhile(() => !this.#votes && !isLeft());
    if (!this.#votes) throw new Interrupted();
    return (this.#votes as { votes: readonly Vote[] }).votes;
  }

  #dropTrainer(): void {
    this.#trainer?.trainer.destroy();
    this.#trainer = null;
  }

  /** Pauses with a sentence; training goes on from the last saved state when the page asks for it. */
  async #fail(error: unknown): Promise<void> {
    if (this.#closed) return;
    this.#dropTrainer();
    // Nobody looks at a run that was called off.
    if (this.#discards) return;
    this.#wanted = 'pause';
    if (!(error instanceof UserError)) console.error(error);
    const retry = error instanceof DeviceGone || error instanceof QuotaError;
    this.ports.emit({ type: 'failed', runId: this.runId, message: sentenceOf(error), retry });
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
    const { runId, step } = this;
    const { steps } = this.#run.run;
    const { secondsPerStep } = this.#pace;
    const { memoryBytes } = this.ports.engine;
    this.ports.emit({ type: 'state', runId, state, step, steps, secondsPerStep, memoryBytes });
  }
}

/** The sentence of an error: its own where it is meant for users. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return `Something went wrong in the engine itself: ${error instanceof Error ? error.message : String(error)}`;
}
