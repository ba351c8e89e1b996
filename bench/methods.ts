/**
 * @file Every method side by side on the adapter found (`npm run bench -- --methods`): seconds, transformer calls and
 * memory of an update.
 */
import { Pipeline } from '../src/align/pipeline';
import { Trainer } from '../src/align/trainer';
import type { RunFile } from '../src/formats/run-file';
import { METHODS } from '../src/methods';
import type { Method } from '../src/methods/method';
import { parseRunFile } from '../src/methods/run-file';
import { type Calls, counting, withoutRollouts } from './counting';
import { type OnProgress, RUN } from './report';
import { markdownTable, mebibytes, significant } from './table';
import { median, secondsOf } from './timing';

/** Values of DRaFT's K beside its default, to see that memory does not grow with it. */
const DRAFT_STEPS = [2, 4, 8];

/** One row of the table. */
interface Entry {
  label: string;
  run: RunFile;
  /** Whether pictures are given instead of rolled out. */
  fromPictures: boolean;
}

interface Row {
  method: string;
  /** Median over the rounds, and each of them. */
  seconds: number;
  rounds: number[];
  /** A picture and an update, mean over the rounds: plans differ. */
  calls: Calls;
  /** Most bytes in buffers, weights included, of a pipeline that runs nothing else. */
  peakBytes: number;
}

export interface MethodsOptions {
  json: boolean;
  /** Fewer rounds. */
  quick: boolean;
  /** Pictures an update of every method; a group that does not divide it is made as large. */
  batch: number;
}

/** The tables as Markdown, or everything as JSON. */
export async function benchMethods(
  pipeline: Pipeline,
  { json, quick, batch }: MethodsOptions,
  onProgress: OnProgress,
): Promise<string> {
  const { gpu } = pipeline;
  const entries = entriesOf(batch);
  const rows = await timed(pipeline, entries, quick ? 3 : 7, onProgress);
  for (const [i, entry] of entries.entries()) {
    rows[i].peakBytes = await peakBytesOf(entry, pipeline);
    onProgress({ label: 'memory', step: i + 1, total: entries.length, seconds: 0 });
  }
  const { name } = gpu.description;
  const { bundle } = pipeline.model;
  const { steps } = RUN.rollout;
  if (json) return `${JSON.stringify({ adapter: name, bundle: bundle.name, batch, steps, rows }, null, 2)}\n`;
  const latentBytes = 4 * batch * pipeline.model.latentSize;
  return [
    `${name}, ${bundle.name}, ${batch} pictures an update, rollouts of ${steps} steps, median of ${rows[0].rounds.length}\n\n`,
    `${methodsTable(rows)}\n`,
    draftTable(rows, latentBytes),
  ].join('');
}

function entriesOf(batch: number): Entry[] {
  const entry = (method: Method, options: Record<string, unknown> = {}, fromPictures = false): Entry => {
    const group = 'group' in method.options && batch % method.options.group.default !== 0 ? { group: batch } : {};
    const all = { ...options, ...group };
    const changes = [
      ...Object.entries(all).map(([key, value]) => ` ${key} ${value}`),
      ...(fromPictures ? [' from pictures'] : []),
    ];
    const reward = { ...RUN.reward, form: method.forms[0] };
    const run = parseRunFile({ ...RUN, method: method.id, options: all, batch, reward });
    return { label: `${method.id}${changes.join(',')}`, run, fromPictures };
  };
  return METHODS.flatMap((method) => [
    entry(method),
    // What a folder of pictures costs: they are encoded once, and no rollout runs.
    ...(method.takesPictures ? [entry(method, {}, true)] : []),
    ...(method.id === 'draft' ? DRAFT_STEPS.map((k) => entry(method, { k })) : []),
  ]);
}

function trainerOf({ run, fromPictures }: Entry, pipeline: Pipeline, calls: Calls): Promise<Trainer> {
  const guidedStep = pipeline.model.bundle.transformer.guidance_embeds ? 1 : 2;
  return Trainer.create(pipeline, run, {
    around: (bench) => {
      const counted = counting(bench, calls, guidedStep);
      return fromPictures ? withoutRollouts(counted) : counted;
    },
  });
}

/** Updates of all methods in turns, so that each round sees the same machine. */
async function timed(
  pipeline: Pipeline,
  entries: readonly Entry[],
  rounds: number,
  onProgress: OnProgress,
): Promise<Row[]> {
  const rows: Row[] = [];
  const trainers: Trainer[] = [];
  const started = performance.now();
  const tell = (label: string, step: number, total: number) =>
    onProgress({ label, step, total, seconds: (performance.now() - started) / 1000 });
  for (const entry of entries) {
    const calls = { plain: 0, gradient: 0 };
    rows.push({ method: entry.label, seconds: 0, rounds: [], calls, peakBytes: 0 });
    const trainer = await trainerOf(entry, pipeline, calls);
    trainers.push(trainer);
    await trainer.update();
    Object.assign(calls, { plain: 0, gradient: 0 });
    tell('warming up', trainers.length, entries.length);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, trainer] of trainers.entries()) {
      rows[i].rounds.push(await secondsOf(() => trainer.update()));
      tell('updates', round * entries.length + i + 1, rounds * entries.length);
    }
  }
  for (const [i, row] of rows.entries()) {
    row.seconds = median(row.rounds);
    row.calls = { plain: row.calls.plain / rounds, gradient: row.calls.gradient / rounds };
    trainers[i].destroy();
  }
  return rows;
}

/** Most bytes in buffers while the method is prepared, its kernels known, and makes an update. */
async function peakBytesOf(entry: Entry, { gpu, model, text, tuner }: Pipeline): Promise<number> {
  const before = gpu.memory.bytes;
  gpu.memory.peakBytes = before;
  const pipeline = new Pipeline(gpu, model, text, tuner);
  const trainer = await trainerOf(entry, pipeline, { plain: 0, gradient: 0 });
  await trainer.update();
  const peak = gpu.memory.peakBytes - before;
  trainer.destroy();
  pipeline.destroy();
  return peak;
}

const fastest = ({ rounds }: Row): number => Math.min(...rounds);

/** The fastest first, by each one's fastest round: others at work on the machine only ever add to it. */
function methodsTable(rows: readonly Row[]): string {
  const unit = fastest(rows.find(({ method }) => method === 'srpo')!);
  const sorted = [...rows].sort((a, b) => fastest(a) - fastest(b));
  return markdownTable(
    ['method', 'seconds, median', 'fastest', 'of srpo', 'calls without gradient', 'with', 'peak MiB'],
    sorted.map((row) => [
      row.method,
      ...[row.seconds, fastest(row)].map(significant),
      (fastest(row) / unit).toFixed(2),
      ...[row.calls.plain, row.calls.gradient].map((count) => String(Math.round(count * 10) / 10)),
      mebibytes(row.peakBytes),
    ]),
  );
}

/** @param latentBytes of an update's latents: what each differentiated step's input takes */
function draftTable(rows: readonly Row[], latentBytes: number): string {
  const ofStep = (k: number) => rows.find(({ method }) => method === (k === 1 ? 'draft' : `draft k ${k}`))!;
  const first = ofStep(1).peakBytes;
  return markdownTable(
    ['DRaFT, K', 'peak MiB', 'of K = 1', 'stored inputs, MiB on the host'],
    [1, ...DRAFT_STEPS].map((k) => {
      const { peakBytes } = ofStep(k);
      return [String(k), mebibytes(peakBytes), (peakBytes / first).toFixed(2), mebibytes(k * latentBytes)];
    }),
  );
}
