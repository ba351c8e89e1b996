/** @file What the tests of `studio align` share: the real program in a folder of their own, ended at a moment of its work. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { ownCache, resultsOf as resultsIn, runProgram, temporaryFolder } from './harness';

const signalAt = new URL('./signal-at.mjs', import.meta.url).href;

/** A moment of the program's work and the signal it gets there (signal-at.mjs). */
export interface Moment {
  signal: 'SIGKILL' | 'SIGINT';
  call: 'renameSync' | 'appendFileSync';
  path: string;
  time: number;
  before?: boolean;
}

/** `align` and what it leaves, in a temporary folder that goes with the test file; kernel choices stay the file's own. */
export function alignTests() {
  const cache = ownCache();
  const temporary = temporaryFolder();
  afterAll(() => rmSync(temporary, { recursive: true }));
  const at = (...names: string[]) => join(temporary, ...names);

  function alignWith(moment: Moment | null, ...args: string[]) {
    const signal = moment && { SIGNAL_AT: JSON.stringify(moment), NODE_OPTIONS: `--import=${signalAt}` };
    return runProgram(['align', ...args], { XDG_CACHE_HOME: cache, ...signal });
  }

  /** The lines of a run's metrics without their seconds. */
  const metricsOf = (folder: string): Record<string, unknown>[] =>
    readFileSync(at(folder, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const { seconds, ...rest } = JSON.parse(line);
        expect(seconds).toBeGreaterThan(0);
        return rest;
      });

  return {
    at,
    alignWith,
    align: (...args: string[]) => alignWith(null, ...args),
    metricsOf,
    resultsOf: (folder: string) => resultsIn(at(folder)),
  };
}
