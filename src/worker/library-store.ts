/**
 * @file A run in the page's storage: where a training session leaves it, after every update as a whole.
 */
import { type FloatPicture, toRgba } from '../align/picture';
import type { Judged, Progress, RunStore } from '../align/run';
import { UserError } from '../errors';
import type { JudgedGrid } from '../formats/judged';
import type { Metrics } from '../formats/metrics';
import { decodePng, encodePng } from '../formats/png';
import type { RunFile } from '../formats/run-file';
import type { TrainerState } from '../formats/trainer-state';
import { nameOfBase } from '../models/known-bases';
import { putFrame } from '../storage/frames';
import { lastMetrics } from '../storage/metrics';
import type { RunRecord, SnapshotRecord } from '../storage/records';
import { changeRun, getRun, missingRun } from '../storage/runs';
import { listSamples, putSamples } from '../storage/samples';
import { createRun, getSnapshot, saveProgress } from '../storage/snapshots';
import { frameRecord } from './frame-record';
import { loraFile } from './lora-of';
import type { Event, Timeline } from './protocol';

/** The base that a run is trained on. */
export interface RunBase {
  hash: string;
  /** Linears that the run's LoRA has, in the order of its parameters. */
  linearsOf(run: RunFile): SnapshotRecord['linears'];
}

export class LibraryStore implements RunStore {
  #sampleSteps = new Set<number>();
  #toldOfFrames = false;
  #judged: JudgedGrid[] = [];

  private constructor(
    private readonly base: RunBase,
    private readonly emit: (event: Event) => void,
    private stored: RunRecord,
    /** Whether it is in storage yet. */
    private isThere: boolean,
    /** Of the last update; undefined before the first. */
    public lastMetrics: Metrics | undefined,
  ) {}

  /** A new run; it is in storage from its first `save` on. */
  static create(base: RunBase, emit: (event: Event) => void, id: string, run: RunFile, name: string): LibraryStore {
    const now = Date.now();
    const record: RunRecord = {
      version: 2,
      id,
      name,
      run,
      step: 0,
      state: 'paused',
      createdAt: now,
      updatedAt: now,
      baseHash: base.hash,
      wordChanges: [],
      thumbnail: null,
    };
    return new LibraryStore(base, emit, record, false, undefined);
  }

  /**
   * A stored run and its last state.
   * @param steps its new number of updates in all
   * @throws UserError where it is not there, damaged or made with another base
   */
  static async open(
    base: RunBase,
    emit: (event: Event) => void,
    id: string,
    steps?: number,
  ): Promise<{ store: LibraryStore; state: TrainerState }> {
    const record = await getRun(id);
    if (!record) throw missingRun();
    const snapshot = await getSnapshot(id);
    if (!snapshot) throw new UserError(`“${record.name}” has no snapshot to resume from.`);
    if (record.baseHash !== base.hash) {
      throw new UserError(
        `“${record.name}” was trained on ${nameOfBase(record.baseHash)}, not on the base that is open: open that bundle to resume it.`,
      );
    }
    if (steps !== undefined && steps < record.step) {
      throw new UserError(`“${record.name}” has ${record.step} updates already, more than the ${steps} asked for.`);
    }
    const last = await lastMetrics(record);
    const run = { ...record.run, steps: steps ?? record.run.steps };
    const { version: _, runId: __, linears: ___, ...state } = snapshot;
    return { store: new LibraryStore(base, emit, { ...record, run, state: 'paused' }, true, last), state };
  }

  get record(): RunRecord {
    return this.stored;
  }

  /** The number of updates wanted; saved with what is saved next. */
  extendTo(steps: number): void {
    this.stored = { ...this.stored, run: { ...this.stored.run, steps } };
  }

  async save({ state, metrics, keep }: Progress): Promise<void> {
    const { id: runId, run, wordChanges } = this.stored;
    const snapshot: SnapshotRecord = { version: 1, runId, ...state, linears: this.base.linearsOf(run) };
    if (!this.isThere) {
      await createRun(this.stored, snapshot);
      this.isThere = true;
      this.emit({ type: 'snapshot', runId, step: state.step });
      return;
    }
    const { step, positive, negative } = state;
    const changes = metrics
      ? wordChanges
      : [...wordChanges.filter((change) => change.step !== step), { step, positive, negative }];
    if (metrics) this.emit({ type: 'progress', phase: 'saving', done: 0, total: 1 });
    const file = keep ? loraFile(this.stored, snapshot) : null;
    await this.#change(
      { step, wordChanges: changes },
      {
        snapshot,
        metrics: metrics ?? undefined,
        kept: file ? { version: 1, runId, step, file } : undefined,
      },
    );
    if (metrics) {
      this.lastMetrics = metrics;
      this.emit({ type: 'metrics', runId, metrics });
      this.emit({ type: 'snapshot', runId, step });
    } else this.emit({ type: 'words', runId, wordChanges: changes });
  }

  /** The run is over; one that failed before its first snapshot is not stored. */
  async end(state: 'stopped' | 'finished'): Promise<void> {
    if (this.isThere) await this.#change({ state });
  }

  /** Nothing of it stays: it is deleted, and purged when the page next opens. */
  async discard(): Promise<void> {
    if (this.isThere) await changeRun(this.stored.id, (run) => ({ ...run, deletedAt: 0 }));
  }

  hasSamples(step: number): boolean {
    return this.#sampleSteps.has(step);
  }

  get judged(): readonly JudgedGrid[] {
    return this.#judged;
  }

  samplesDrawn(step: number, first: number, drawn: FloatPicture[]): void {
    const pictures = drawn.map((picture) => ({ ...picture, data: toRgba(picture) }));
    this.emit({ type: 'sampled', ...this.#grid(step), first, pictures });
  }

  #grid(step: number) {
    const { id: runId, run } = this.stored;
    const { prompts, seed } = run.samples;
    return { runId, step, prompts, seeds: prompts.map((_, i) => seed + i) };
  }

  async saveSamples(step: number, drawn: FloatPicture[], judged: Judged | null): Promise<void> {
    const pictures = drawn.map((picture) => ({ ...picture, data: toRgba(picture) }));
    const grid = this.#grid(step);
    const { step: _, ...numbers } = judged?.grid ?? { step };
    const last = this.lastMetrics;
    const metrics = judged && last?.step === step ? { ...last, ...numbers, bestStep: judged.bestStep } : undefined;
    const record = { version: 1 as const, ...grid, judged: judged?.grid };
    await putSamples({ ...record, pictures: pictures.map((p) => encodePng(p)) }, metrics);
    this.#sampleSteps.add(step);
    if (judged) this.#judged = [...this.#judged.filter((other) => other.step < step), judged.grid];
    this.emit({ type: 'samples', ...grid, pictures, judged: judged?.grid ?? null });
    if (!metrics) return;
    this.lastMetrics = metrics;
    this.emit({ type: 'metrics', runId: grid.runId, metrics });
  }

  /** Keeps the timeline with the run; where there is no room for it, training goes on without, and says so once. */
  async saveFrame(timeline: Timeline): Promise<void> {
    try {
      await putFrame(await frameRecord(this.stored.id, timeline));
    } catch (error) {
      if (!this.#toldOfFrames) {
        this.emit({ type: 'warning', message: `Timelines of this run are not kept: ${(error as Error).message}` });
      }
      this.#toldOfFrames = true;
    }
  }

  /** Sends the samples that were drawn before, so that a resumed run shows them all. */
  async showSamples(): Promise<void> {
    const warn = (message: string) => this.emit({ type: 'warning', message });
    for (const { runId, step, prompts, seeds, pictures, judged } of await listSamples(this.stored.id, warn)) {
      if (step > this.stored.step) continue;
      this.#sampleSteps.add(step);
      if (judged) this.#judged.push(judged);
      const decoded = pictures.map((png) => decodePng(png, 'sample'));
      this.emit({ type: 'samples', runId, step, prompts, seeds, pictures: decoded, judged: judged ?? null });
    }
  }

  async #change(changes: Partial<RunRecord>, saved: Parameters<typeof saveProgress>[1] = {}): Promise<void> {
    const { earlierMetrics: _, ...record } = { ...this.stored, ...changes };
    await saveProgress(record, saved);
    // The run may have been extended while this was under way.
    this.stored = { ...record, run: { ...record.run, steps: this.stored.run.steps } };
  }
}
