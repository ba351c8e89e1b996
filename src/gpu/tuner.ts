/**
 * @file Chooses between kernel variants by measuring once per adapter and shape.
 *
 * The choice is remembered under a key that names the operation and its sizes; a run's snapshot keeps
 * the choices it was made with, so that a resumed run computes bit for bit the same.
 */
import type { Gpu } from './gpu';
import { type PreparedDispatch, Program } from './program';

/** Variant by key. The program keeps it in a file, the page in IndexedDB. */
export type VariantTable = Record<string, string>;

export interface Candidate {
  variant: string;
  /** Dispatches on scratch buffers made by the caller. */
  dispatches: PreparedDispatch[];
}

export class Tuner {
  /** Keys decided since construction (what a snapshot records). */
  readonly used: VariantTable = {};
  /**
   * @param table choices known so far; new ones are added to it
   * @param measure false: always the first candidate (tests, null device)
   * @param onChoice called after each new measurement
   * @param preferred taken without measuring where the table names none, the first that there is (`knownGood`)
   */
  constructor(
    readonly table: VariantTable = {},
    readonly measure = true,
    readonly onChoice: (key: string, variant: string) => void = () => {},
    readonly preferred: readonly string[] = [],
  ) {}

  /**
   * The variant to use, without measuring, where it is known.
   * @param trivial what to use, whatever was measured under the same key for more work, where there is hardly any
   */
  known(key: string, variants: readonly string[], trivial: string | null = null): string | null {
    if (trivial !== null) return trivial;
    const first = variants.length === 1 || !this.measure ? variants[0] : null;
    const kept: string | undefined = this.table[key];
    const good = this.preferred.find((variant) => variants.includes(variant));
    const variant = variants.includes(kept) ? kept : (good ?? first);
    if (variant === null) return null;
    if (variants.length > 1) this.used[key] = variant;
    return variant;
  }

  /** Measures all candidates and remembers the fastest. */
  async choose(gpu: Gpu, key: string, candidates: readonly Candidate[]): Promise<string> {
    const best = await fastest(gpu, candidates);
    this.table[key] = best;
    this.used[key] = best;
    this.onChoice(key, best);
    return best;
  }
}

/** Measures nothing: takes the first variant of `order` that a node has, and the node's first where it has none of them. */
export class PinnedTuner extends Tuner {
  constructor(readonly order: readonly string[]) {
    super({}, false);
  }
  override known(_key: string, variants: readonly string[]): string {
    return this.order.find((variant) => variants.includes(variant)) ?? variants[0];
  }
}

/** A round lasts at least so many seconds: above the clock's resolution and the cost of waiting. */
const ROUND_SECONDS = 0.005;
const ROUNDS = 4;
/** Replays of a round, at most. */
const MOST_REPEATS = 4096;

/** Prepares every candidate and lets them race. */
async function fastest(gpu: Gpu, candidates: readonly Candidate[]): Promise<string> {
  const programs: Program[] = [];
  try {
    for (const { dispatches } of candidates) programs.push(await Program.prepare(gpu, dispatches));
    const racers = candidates.map(({ variant }, i) => ({
      variant,
      run: (repeats: number) => programs[i].run(repeats),
    }));
    return await race(racers, () => gpu.idle());
  } finally {
    for (const program of programs) program.destroy();
  }
}

export interface Racer {
  variant: string;
  /** Queues so many replays, one after the other. */
  run(repeats: number): void;
}

/**
 * The variant whose best round is the best of all. A round is as many replays in one submission as outlast the clock's
 * grain. Racers take turns, so that something else that keeps the machine busy for a while is not held against one of
 * them; who is far behind leaves.
 * @param idle resolves when all that was queued has run
 * @param now milliseconds; tests give their own clock
 */
export async function race(
  racers: readonly Racer[],
  idle: () => Promise<void>,
  now = () => performance.now(),
): Promise<string> {
  const timed = async ({ run }: Racer, repeats: number) => {
    const start = now();
    run(repeats);
    await idle();
    return (now() - start) / 1000;
  };
  // Drivers compile at the first run.
  for (const racer of racers) await timed(racer, 1);
  let running = racers.map((racer) => ({ ...racer, repeats: 1, seconds: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < ROUNDS && running.length > 1; round++) {
    for (const racer of running) {
      let seconds = await timed(racer, racer.repeats);
      while (seconds < ROUND_SECONDS && racer.repeats < MOST_REPEATS) {
        racer.repeats *= 2;
        seconds = await timed(racer, racer.repeats);
      }
      racer.seconds = Math.min(racer.seconds, seconds / racer.repeats);
    }
    const best = Math.min(...running.map(({ seconds }) => seconds));
    // One hiccup of the machine spoils the first round.
    running = running.filter(({ seconds }) => seconds < best * (round === 0 ? 5 : 1.5));
  }
  return running.reduce((a, b) => (b.seconds < a.seconds ? b : a)).variant;
}
