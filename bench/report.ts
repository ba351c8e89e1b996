/**
 * @file What the engine reaches on the adapter found, against its own best matrix multiplication (`npm run bench`).
 */
import { Pipeline } from '../src/align/pipeline';
import { PRESET } from '../src/align/preset';
import { Trainer } from '../src/align/trainer';
import type { RunFile } from '../src/formats/run-file';
import { type MatmulRate, Yardstick } from './matmul';
import { profileOf } from './profile';
import { mebibytes, percent, significant, table } from './table';
import { median, secondsOf } from './timing';
import { type MakeWorkload, WORKLOADS } from './workloads';

/** Told while it measures. */
export type OnProgress = (progress: { label: string; step: number; total: number; seconds: number }) => void;

/** Two prompts and one word each: after a first update every text is encoded, as in the long run. */
export const RUN: RunFile = {
  ...PRESET,
  prompts: PRESET.prompts.slice(0, 2),
  reward: { ...PRESET.reward, positive: ['3d render'], negative: ['pencil sketch'] },
};

interface Row {
  name: string;
  milliseconds: number;
  gflop: number;
  gflops: number;
  /** Of the best matrix multiplication, measured in turns with it. */
  share: number;
  dispatches: number;
  submissions: number;
  /** Bytes bound to the dispatches, and the least possible: weights, inputs and outputs once a program. */
  bytes: number;
  leastBytes: number;
  peakBytes: number;
}

/** The tables, or everything as JSON. @param quick fewer shapes and rounds */
export async function benchTables(
  pipeline: Pipeline,
  { json, quick }: { json: boolean; quick: boolean },
  onProgress: OnProgress,
): Promise<string> {
  const { gpu } = pipeline;
  const started = performance.now();
  const yardstick = await Yardstick.create(gpu, quick, (step, total) =>
    onProgress({ label: 'matrix multiplication', step, total, seconds: (performance.now() - started) / 1000 }),
  );
  const rows: Row[] = [];
  const rates: number[] = [];
  for (const [name, make] of Object.entries(WORKLOADS)) {
    rows.push(await measure(name, make, pipeline, { yardstick, rates, rounds: quick ? 3 : 7, onProgress }));
  }
  const best = median(rates);
  if (json) {
    const { name, features } = gpu.description;
    const result = { adapter: name, features, batch: RUN.batch, bestMatmulGflops: best, matmul: yardstick.rates, rows };
    return `${JSON.stringify(result, null, 2)}\n`;
  }
  return [
    `${gpu.description.name}, mini-flux's run at batch ${RUN.batch}\n\n`,
    `${matmulTable(yardstick.rates)}\n`,
    `Best matrix multiplication while the rest was measured: ${significant(best)} GFLOP/s\n\n`,
    workloadTable(rows),
  ].join('');
}

/** Where the time of one rollout step and of both branches goes, as tables or as JSON. */
export async function benchProfile(pipeline: Pipeline, json: boolean): Promise<string> {
  const trainer = await Trainer.create(pipeline, RUN);
  await trainer.update();
  const profiles = [await profileOf('One rollout step', trainer.sampler.program.program)];
  // One after the other: they share memory, and the device.
  for (const { program } of trainer.bench.programs)
    profiles.push(await profileOf('Both branches, forward and backward', program));
  return json
    ? `${JSON.stringify(
        profiles.map(({ title, groups }) => ({ title, groups })),
        null,
        2,
      )}\n`
    : profiles.map(({ text }) => text).join('\n\n');
}

interface Rounds {
  yardstick: Yardstick;
  /** Gets the yardstick's rate of each round. */
  rates: number[];
  rounds: number;
  onProgress: OnProgress;
}

/** Rounds of the workload and the yardstick in turns, so that both see the same machine. */
async function measure(
  name: string,
  make: MakeWorkload,
  { gpu, model, text, tuner, onTuning }: Pipeline,
  { yardstick, rates, rounds, onProgress }: Rounds,
): Promise<Row> {
  const before = gpu.memory.bytes;
  const pipeline = new Pipeline(gpu, model, text, tuner, () => {}, onTuning);
  // Once to choose kernels, which takes memory of its own; what is measured is prepared with everything known.
  (await make(pipeline, RUN)).destroy();
  gpu.memory.peakBytes = gpu.memory.bytes;
  const workload = await make(pipeline, RUN);
  await workload.run();
  const start = { ...gpu.counters };
  await workload.run();
  const [gflop, dispatches, submissions, bytes] = (['flops', 'dispatches', 'submissions', 'bytes'] as const).map(
    (counter) => gpu.counters[counter] - start[counter],
  );
  const seconds: number[] = [];
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const best = await yardstick.measure();
    const time = await secondsOf(workload.run);
    seconds.push(time);
    rates.push(best);
    shares.push(gflop / 1e9 / time / best);
    onProgress({ label: name, step: round + 1, total: rounds, seconds: seconds.reduce((a, b) => a + b) });
  }
  const peakBytes = gpu.memory.peakBytes - before;
  workload.destroy();
  pipeline.destroy();
  const time = median(seconds);
  return {
    ...{ name, milliseconds: time * 1000, gflop: gflop / 1e9, gflops: gflop / 1e9 / time, share: median(shares) },
    ...{ dispatches, submissions, bytes, leastBytes: workload.leastBytes, peakBytes },
  };
}

function matmulTable(rates: readonly MatmulRate[]): string {
  const shape = ({ m, n, k, dtype }: MatmulRate) => `${m}×${n}×${k} ${dtype}`;
  return table(
    ['matrix multiplication', 'best kernel', 'GFLOP/s'],
    rates.map((r) => [shape(r), r.variant, significant(r.gflops)]),
  );
}

function workloadTable(rows: readonly Row[]): string {
  return table(
    ['', 'ms', 'GFLOP', 'GFLOP/s', 'of best', 'dispatches', 'submissions', 'MiB bound', 'MiB least', 'peak MiB'],
    rows.map((r) => [
      r.name,
      ...[r.milliseconds, r.gflop, r.gflops].map(significant),
      percent(r.share),
      ...[r.dispatches, r.submissions].map(String),
      ...[r.bytes, r.leastBytes, r.peakBytes].map(mebibytes),
    ]),
  );
}
