/**
 * @file Measures rows: everybody prepares the same work, outputs are compared, then all run in turns, a round after
 * another, so that each round sees the same machine.
 */
import { median, secondsOf } from '../timing';
import { answerOf, wrongness } from './compare';
import type { Contender, ContenderId, Counted, Prepared } from './contender';
import { type Cell, cellOf, isMeasured, type RowResult } from './result';
import { gflopOf, type Operation, operandsOf, type Row, type Work } from './work';

/** Our engine: it can do the rows of models too, and counts what it does. */
export interface Own extends Contender<Work> {
  id: 'ours';
  prepare(work: Work): Promise<Prepared & { counted: Counted }>;
}

export interface MeasureOptions {
  rounds: number;
  /** A round repeats a run until it lasts about so many seconds. */
  least: number;
  /** What all rounds of a row may take; fewer are run where one takes long, at least one. */
  budget: number;
  onProgress(text: string): void;
}

export const THOROUGH = { rounds: 7, least: 0.1, budget: 30 };
export const QUICK = { rounds: 3, least: 0.03, budget: 10 };

/** Why no other library is measured at a part of our step. */
export const MODEL_REASONS: Partial<Record<ContenderId, string>> = {
  'onnxruntime-web':
    'onnxruntime-web runs no backward pass, and its forward pass would need an export of this model: not made yet',
  'TF.js': 'the model is not written in TF.js',
  'jax-js': 'the model is not written in jax-js',
};

/** Measures one row after another and keeps the best of our matmuls as the yardstick of what follows. */
export class Measurement {
  #yardstick: { prepared: Prepared; gflop: number; rate: number } | null = null;
  /** GFLOP/s of our matmuls so far. */
  bestMatmul: number | null = null;

  constructor(
    private readonly own: Own,
    private readonly peers: readonly Contender[],
    /** Peers that could not be opened, and why. */
    private readonly missing: Partial<Record<ContenderId, string>>,
    private readonly options: MeasureOptions,
  ) {}

  async row({ id, label, work }: Row): Promise<RowResult> {
    const { onProgress } = this.options;
    const cells: Partial<Record<ContenderId, Cell>> = {};
    const ready: { id: ContenderId; prepared: Prepared }[] = [];
    const refuse = (of: ContenderId, why: string) => {
      cells[of] = { why };
    };
    for (const [of, why] of Object.entries(work.kind === 'model' ? MODEL_REASONS : this.missing))
      refuse(of as ContenderId, why);
    let counted: Counted | null = null;
    try {
      onProgress(`${label}: ours`);
      const own = await this.own.prepare(work);
      counted = own.counted;
      ready.push({ id: 'ours', prepared: own });
    } catch (error) {
      refuse('ours', reasonOf(error));
    }
    for (const peer of work.kind === 'model' ? [] : this.peers) {
      onProgress(`${label}: ${peer.id}`);
      try {
        ready.push({ id: peer.id, prepared: await peer.prepare(work as Operation) });
      } catch (error) {
        refuse(peer.id, reasonOf(error));
      }
    }
    const racers = work.kind === 'model' ? ready : await this.#right(work, ready, refuse);
    const gflop = counted?.gflop ?? (work.kind === 'model' ? 0 : gflopOf(work));
    const { seconds, shares } = await this.#turns(label, racers, gflop, refuse);
    for (const [of, all] of seconds) if (all.length > 0) cells[of] = cellOf(all);
    const { ours } = cells;
    let share = shares.length > 0 ? median(shares) : null;
    let kept: Prepared | null = null;
    if (work.kind === 'matmul' && isMeasured(ours)) {
      const rate = gflop / (ours.median / 1000);
      this.bestMatmul = Math.max(rate, this.bestMatmul ?? 0);
      share = rate / this.bestMatmul;
      // Measured again beside every later row, so it must be short.
      if (ours.median < 500 && rate > (this.#yardstick?.rate ?? 0)) {
        this.#yardstick?.prepared.destroy();
        kept = ready.find(({ id }) => id === 'ours')!.prepared;
        this.#yardstick = { prepared: kept, gflop, rate };
      }
    }
    for (const { prepared } of ready) if (prepared !== kept) prepared.destroy();
    return { id, label, gflop, cells, share, counted };
  }

  destroy(): void {
    this.#yardstick?.prepared.destroy();
  }

  /** Those whose output is right. */
  async #right<P extends { id: ContenderId; prepared: Prepared }>(
    work: Operation,
    ready: readonly P[],
    refuse: (id: ContenderId, why: string) => void,
  ): Promise<P[]> {
    const answer = answerOf(work, operandsOf(work));
    let own: Float32Array | null = null;
    const right: P[] = [];
    for (const one of ready) {
      try {
        const output = await one.prepared.output();
        const wrong = wrongness(output, answer, own);
        if (wrong) refuse(one.id, wrong);
        else right.push(one);
        if (!wrong && one.id === 'ours') own = output;
      } catch (error) {
        refuse(one.id, reasonOf(error));
      }
    }
    return right;
  }

  /** Rounds in turns, the first of a round another one each time. Seconds of one run by contender, and our share. */
  async #turns(
    label: string,
    racers: readonly { id: ContenderId; prepared: Prepared }[],
    gflop: number,
    refuse: (id: ContenderId, why: string) => void,
  ) {
    const { least, budget, onProgress } = this.options;
    const seconds = new Map<ContenderId, number[]>(racers.map(({ id }) => [id, []]));
    const repeats = new Map<ContenderId, number>();
    const shares: number[] = [];
    let running = [...racers];
    let total = 0;
    for (const { id, prepared } of racers) {
      onProgress(`${label}: warming up ${id}`);
      try {
        await prepared.run(1);
        const once = await secondsOf(() => prepared.run(1));
        repeats.set(id, Math.min(1000, Math.max(1, Math.ceil(least / once))));
        total += Math.max(once, least);
      } catch (error) {
        refuse(id, reasonOf(error));
        running = running.filter((racer) => racer.id !== id);
      }
    }
    const rounds = Math.max(1, Math.min(this.options.rounds, Math.floor(budget / total)));
    for (let round = 0; round < rounds; round++) {
      onProgress(`${label}: round ${round + 1} of ${rounds}`);
      const first = round % Math.max(1, running.length);
      for (const { id, prepared } of [...running.slice(first), ...running.slice(0, first)]) {
        const count = repeats.get(id)!;
        const each = (await secondsOf(() => prepared.run(count))) / count;
        seconds.get(id)!.push(each);
        if (id === 'ours' && this.#yardstick) {
          const { prepared: best, gflop: ofBest } = this.#yardstick;
          const again = Math.max(1, Math.ceil((least * this.#yardstick.rate) / ofBest));
          const bestSeconds = (await secondsOf(() => best.run(again))) / again;
          shares.push(gflop / each / (ofBest / bestSeconds));
        }
      }
    }
    return { seconds, shares };
  }
}

/** The first line of an error, short enough for a note under a table. */
export function reasonOf(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0].trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line || 'failed without a reason';
}
