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
   */
  constructor(
    readonly table: VariantTable = {},
    readonly measure = true,
    readonly onChoice: (key: string, variant: string) => void = () => {},
  ) {}

  /** The variant to use, without measuring, where it is known. */
  known(key: string, variants: readonly string[]): string | null {
    const variant = variants.length === 1 || !this.measure ? (this.table[key] ?? variants[0]) : this.table[key];
    if (!variant || !variants.includes(variant)) return null;
    if (variants.length > 1) this.used[key] = variant;
    return variant;
  }

  /** Measures all candidates and remembers the fastest. */
  async choose(gpu: Gpu, key: string, candidates: readonly Candidate[]): Promise<string> {
    let best = candidates[0].variant;
    let bestTime = Number.POSITIVE_INFINITY;
    for (const { variant, dispatches } of candidates.length > 1 ? candidates : []) {
      const time = await timeDispatches(gpu, dispatches, bestTime);
      if (time < bestTime) [best, bestTime] = [variant, time];
    }
    this.table[key] = best;
    this.used[key] = best;
    this.onChoice(key, best);
    return best;
  }
}

/** Seconds of one evaluation: the least of a few runs, stopping early when it cannot win. */
async function timeDispatches(gpu: Gpu, dispatches: readonly PreparedDispatch[], toBeat: number): Promise<number> {
  const program = await Program.prepare(gpu, dispatches);
  try {
    program.run();
    await gpu.idle();
    let best = Number.POSITIVE_INFINITY;
    let repeats = 1;
    for (let round = 0; round < 4; round++) {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) program.run();
      await gpu.idle();
      const seconds = (performance.now() - start) / 1000 / repeats;
      best = Math.min(best, seconds);
      if (best > 2 * toBeat || seconds * repeats > 0.1) break;
      // Long enough to rise above the clock's resolution and the cost of waiting.
      repeats = Math.min(32, Math.max(repeats, Math.ceil(0.004 / Math.max(best, 1e-6))));
    }
    return best;
  } finally {
    program.destroy();
  }
}
