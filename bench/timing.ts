/**
 * @file Clocks of the benchmarks. Machines are shared and change their speed, so everything is a median.
 */
import type { Gpu } from '../src/gpu/gpu';

/** The middle value; of an even count, the mean of both middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Seconds until `work` is done. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Seconds of one `queue()`, repeated until a round lasts `least` seconds; the median of `rounds`. */
export async function secondsOfRepeated(gpu: Gpu, queue: () => void, least: number, rounds: number): Promise<number> {
  const round = (repeats: number) =>
    secondsOf(() => {
      for (let i = 0; i < repeats; i++) queue();
      return gpu.idle();
    });
  await round(1);
  const repeats = Math.max(1, Math.ceil(least / (await round(1))));
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push((await round(repeats)) / repeats);
  return median(times);
}
