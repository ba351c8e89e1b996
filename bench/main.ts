/**
 * @file `npm run bench`: what the engine reaches on the adapter found, against its own best matrix multiplication.
 */
import { Pipeline } from '../src/align/pipeline';
import { PRESET } from '../src/align/preset';
import { Trainer } from '../src/align/trainer';
import { helpOf, parseFlags } from '../src/cli/args';
import { openPipeline } from '../src/cli/device';
import { openCheckedModel } from '../src/cli/inputs';
import { clearProgress, print, runMain, showProgress } from '../src/cli/terminal';
import type { RunFile } from '../src/formats/run-file';
import { type MatmulRate, Yardstick } from './matmul';
import { profileOf } from './profile';
import { mebibytes, percent, significant, table } from './table';
import { median, secondsOf } from './timing';
import { type MakeWorkload, WORKLOADS } from './workloads';

const flags = {
  adapter: { kind: 'text', value: 'NAME', help: 'part of an adapter name, where there are several' },
  bundle: { kind: 'text', value: 'DIR', help: 'bundle to measure (default public/bundles/mini-flux)' },
  json: { kind: 'switch', help: 'print JSON only' },
  quick: { kind: 'switch', help: 'fewer shapes and rounds' },
  profile: {
    kind: 'switch',
    help: 'the time by shader of one rollout step and of both branches, instead of the table',
  },
} as const;

/** Two prompts and one word each: after a first update every text is encoded, as in the long run. */
const RUN: RunFile = {
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

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    print(
      helpOf('bench', '[flags]', 'measure the engine', flags).replace('npm run -s studio -- bench', 'npm run bench --'),
    );
    return 0;
  }
  const { flags: f } = parseFlags(args, flags);
  const model = await openCheckedModel(f.bundle);
  const pipeline = await openPipeline(model, f.adapter);
  if (f.profile) await printProfile(pipeline, !!f.json);
  else await printTable(pipeline, !!f.json, !!f.quick);
  return 0;
});

async function printTable(pipeline: Pipeline, json: boolean, quick: boolean): Promise<void> {
  const { gpu } = pipeline;
  const label = 'matrix multiplication';
  const started = performance.now();
  const yardstick = await Yardstick.create(gpu, quick, (step, total) =>
    showProgress({ label, step, total, seconds: (performance.now() - started) / 1000 }),
  );
  const rows: Row[] = [];
  const rates: number[] = [];
  for (const [name, make] of Object.entries(WORKLOADS)) {
    rows.push(await measure(name, make, pipeline, yardstick, rates, quick ? 3 : 7));
  }
  clearProgress();
  const best = median(rates);
  if (json) {
    const { name, features } = gpu.description;
    const result = { adapter: name, features, batch: RUN.batch, bestMatmulGflops: best, matmul: yardstick.rates, rows };
    print(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  print(`${gpu.description.name}, mini-flux's run at batch ${RUN.batch}\n\n`);
  print(`${matmulTable(yardstick.rates)}\n`);
  print(`Best matrix multiplication while the rest was measured: ${significant(best)} GFLOP/s\n\n`);
  print(workloadTable(rows));
}

/** Rounds of the workload and the yardstick in turns, so that both see the same machine. */
async function measure(
  name: string,
  make: MakeWorkload,
  { gpu, model, text, tuner, onTuning }: Pipeline,
  yardstick: Yardstick,
  rates: number[],
  rounds: number,
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
    showProgress({ label: name, step: round + 1, total: rounds, seconds: seconds.reduce((a, b) => a + b) });
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

async function printProfile(pipeline: Pipeline, json: boolean): Promise<void> {
  const trainer = await Trainer.create(pipeline, RUN);
  await trainer.update();
  clearProgress();
  const profiles = [
    await profileOf('One rollout step', trainer.sampler.program.program),
    ...(await Promise.all(
      trainer.bench.programs.map(({ program }) => profileOf('Both branches, forward and backward', program)),
    )),
  ];
  if (json)
    print(
      `${JSON.stringify(
        profiles.map(({ title, groups }) => ({ title, groups })),
        null,
        2,
      )}\n`,
    );
  else print(profiles.map(({ text }) => text).join('\n\n'));
}
