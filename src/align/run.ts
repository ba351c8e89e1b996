/**
 * @file When a run does what: the state of step 0, timelines, samples, updates with a snapshot after each, kept LoRAs.
 *
 * Page and program share it. Both say where things go (`RunStore`) and how a trainer is reached (`OnTrainer`); what is
 * due next is decided here alone. The last saved state is the truth: a trainer may be thrown away at any time and built
 * again from it.
 */
import type { JudgedGrid } from '../formats/judged';
import type { Metrics } from '../formats/metrics';
import type { RunFile } from '../formats/run-file';
import type { TrainerState } from '../formats/trainer-state';
import { bestOf, isStopped } from './best-step';
import type { FloatPicture } from './picture';
import type { Trainer, TrainingPicture } from './trainer';

/** What a run needs of a trainer. */
export type RunTrainer = Pick<Trainer, 'step' | 'update' | 'samples' | 'perceived' | 'state' | 'setWords' | 'picture'>;

/** Runs a job on the trainer of the last saved state. */
export type OnTrainer = <T>(job: (trainer: RunTrainer) => Promise<T>) => Promise<T>;

/** What is saved after an update, or where only words or the number of steps changed. */
export interface Progress {
  state: TrainerState;
  /** Of the update that led to this state; null where there was none. */
  metrics: Metrics | null;
  /** The LoRA of this state is kept for good. */
  keep: boolean;
}

/** Where a run goes: a folder of the program, or the page's storage. */
export interface RunStore {
  /** All of it is there afterwards, or what was there before stays the truth. */
  save(progress: Progress): Promise<void>;
  /** Whether the samples of this step, and what the judge said of them, are there. */
  hasSamples(step: number): boolean;
  /** What the judge said of the grids that are there, in the order of their steps. */
  readonly judged: readonly JudgedGrid[];
  /** Told of samples that are drawn, from number `first` on, before the grid is whole. */
  samplesDrawn?(step: number, first: number, pictures: FloatPicture[]): void;
  /** @param judged with the best step known now; null without a judge */
  saveSamples(step: number, pictures: FloatPicture[], judged: Judged | null): Promise<void>;
}

/** A grid that was judged, and the best step as it is known with it. */
export interface Judged {
  grid: JudgedGrid;
  bestStep: number | null;
}

/** The judge beside a run. It never touches a gradient. */
export interface GridJudge {
  /** Whether one of the words means a style that the judge knows. */
  knows(words: readonly string[]): boolean;
  /** @param words those that are wanted; `wanted` is null where it knows none of them */
  look(
    pictures: readonly FloatPicture[],
    prompts: readonly string[],
    words: readonly string[],
  ): Promise<Omit<JudgedGrid, 'step'>>;
}

/** Timelines while a run trains; drawn by whoever shows them. */
export interface Frames {
  /** Whether enough updates have passed since the last one. */
  readonly isDue: boolean;
  draw(): Promise<void>;
}

/** What is done next. */
export type Piece = 'begin' | 'frame' | 'samples' | 'update' | 'over';

export class AlignmentRun {
  /** Of the last update that this process made. */
  picture: TrainingPicture | null = null;
  #state: TrainerState | null;
  #begun: boolean;
  /** The step of the last timeline; -1 before the first. */
  #frameStep = -1;

  /**
   * @param run its `steps` may be raised while it trains
   * @param state the last saved one; null for a new run
   * @param begun whether what is saved is of this number of steps
   */
  constructor(
    public run: RunFile,
    private readonly store: RunStore,
    private readonly onTrainer: OnTrainer,
    state: TrainerState | null,
    private readonly frames: Frames | null = null,
    begun = state !== null,
    /** Opened when the first grid is drawn; null where there is none. */
    private readonly judge: () => Promise<GridJudge | null> = async () => null,
  ) {
    this.#state = state;
    this.#begun = begun;
  }

  /** Updates done and saved. */
  get step(): number {
    return this.#state?.step ?? 0;
  }

  /** The last saved state. */
  get state(): TrainerState | null {
    return this.#state;
  }

  /** Whether no update is to come: all are done, or the run's `stop` ends it. */
  get isAtEnd(): boolean {
    return this.step >= this.run.steps || this.isStopped;
  }

  /** Whether `stop: "hacked"` has ended the run: two grids in a row are beyond the limits. */
  get isStopped(): boolean {
    return isStopped(this.run, this.store.judged, this.step);
  }

  /** The best of the kept steps, 0 where none is within the limits; null where that is not known. */
  get bestStep(): number | null {
    return bestOf(this.run, this.store.judged, this.step);
  }

  /** The next piece of work. */
  get next(): Piece {
    if (!this.#begun) return 'begin';
    const { step, run, isAtEnd: atEnd } = this;
    const gridIsDue = (step === 0 || atEnd || step % run.samples.every === 0) && !this.store.hasSamples(step);
    // The first pictures of all are the samples: a timeline needs a program of its own.
    if (step === 0 && gridIsDue) return 'samples';
    if (this.frames && this.#frameStep !== step) {
      if (step === 0 || atEnd || this.#frameStep < 0 || this.frames.isDue) return 'frame';
    }
    if (gridIsDue) return 'samples';
    return atEnd ? 'over' : 'update';
  }

  /** Does one piece. What fails is as if it had not been begun. */
  async do(piece: Exclude<Piece, 'over'>): Promise<Metrics | null> {
    if (piece === 'begin') await this.#begin();
    if (piece === 'frame') await this.drawFrame();
    if (piece === 'samples') {
      await this.#samples();
    }
    return piece === 'update' ? this.#update() : null;
  }

  /** Brings the timeline up to date, due or not. */
  async drawFrame(): Promise<void> {
    const { step } = this;
    if (this.#frameStep === step) return;
    await this.frames?.draw();
    this.#frameStep = step;
  }

  /** New control words from the next update on; saved at once, because they must survive without an update too. */
  async setWords(words: { positive: string[]; negative: string[] }): Promise<void> {
    await this.#save({ state: { ...this.#state!, ...words }, metrics: null, keep: false });
  }

  /** A grid, seen by the judge. */
  async #samples(): Promise<void> {
    const { step, run } = this;
    const { positive } = this.#state!;
    const pictures = await this.onTrainer((trainer) =>
      trainer.samples((first, drawn) => this.store.samplesDrawn?.(step, first, drawn)),
    );
    const judge = await this.judge();
    if (!judge) return this.store.saveSamples(step, pictures, null);
    const perceived = judge.knows(positive) ? null : await this.onTrainer((trainer) => trainer.perceived(pictures));
    const { wanted, ...others } = await judge.look(pictures, run.samples.prompts, positive);
    const grid = { step, wanted: wanted ?? perceived, ...others };
    const grids = [...this.store.judged.filter((other) => other.step < step), grid];
    await this.store.saveSamples(step, pictures, { grid, bestStep: bestOf(run, grids, step) });
  }

  /** Before the first update too: a resume starts from the same factors, with the same kernels, to the same end. */
  async #begin(): Promise<void> {
    const first = this.run.wordHistory?.[0];
    const state =
      this.#state ??
      (await this.onTrainer((trainer) => {
        if (first) trainer.setWords(first);
        return trainer.state();
      }));
    await this.#save({ state, metrics: null, keep: false });
    this.#begun = true;
  }

  async #update(): Promise<Metrics> {
    // The words that the run file has from this step on.
    const words = this.run.wordHistory?.find(({ step }) => step === this.step);
    const { metrics, state, picture } = await this.onTrainer(async (trainer) => {
      if (words) trainer.setWords(words);
      return { metrics: await trainer.update(), state: await trainer.state(), picture: trainer.picture };
    });
    await this.#save({ state, metrics, keep: state.step % this.run.keepEvery === 0 });
    this.picture = picture;
    return metrics;
  }

  async #save(progress: Progress): Promise<void> {
    await this.store.save(progress);
    this.#state = progress.state;
  }
}
