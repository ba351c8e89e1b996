/**
 * @file `studio record`: turns a finished run's folder into a recording that the page plays (src/formats/recording.ts).
 *
 * Nothing is trained again: the numbers are the run's own metrics.jsonl, the pictures are drawn with the LoRAs it
 * kept. Every frame shows the same picture, the first sample prompt with the samples' seed, so that scrubbing over the
 * training steps shows one picture change.
 */
import { join } from 'node:path';
import { Artist, samplesOf, timelineSigmas } from '../align/artist';
import type { Pipeline } from '../align/pipeline';
import { Random } from '../align/random';
import { UserError } from '../errors';
import type { JudgedGrid } from '../formats/judged';
import type { Metrics } from '../formats/metrics';
import { encodePng } from '../formats/png';
import { parseRecording, type RecordedFrame, type RecordingFile } from '../formats/recording';
import type { RunFile } from '../formats/run-file';
import { numbersOf } from '../formats/timeline';
import { factorsFromFile, initialFactors, type LoraLayout, layoutOf } from '../lora/layout';
import { baseOf } from '../models/bundle';
import { trainedElsewhere } from '../models/known-bases';
import { montage } from '../sheets/montage';
import { timelinePictures } from '../sheets/timeline-pictures';
import { showList } from '../shown';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { shownPath } from './file-errors';
import { lockFolder } from './folder-lock';
import { DEFAULT_BUNDLE, openCheckedModel, readLoraFile } from './inputs';
import { entriesOf, refuseExisting, refuseInside, removeResults, writeAtomic } from './results';
import { RunFolder } from './run-folder';
import { print, showProgress } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, type Verb } from './verb';

const flags = {
  from: { kind: 'text', value: 'DIR', help: 'folder of a finished run' },
  out: { kind: 'text', value: 'DIR', help: 'folder for the recording' },
  steps: { kind: 'integer', value: 'N', min: 1, max: 1e9, help: 'only the first N updates of the run' },
  every: {
    kind: 'integer',
    value: 'N',
    min: 1,
    max: 1e9,
    help: 'only LoRAs kept after a multiple of N updates, and the last',
  },
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

const RESULTS = [/^recording\.json$/, /^(frame|samples)-\d{6}\.(png|webp)$/];
const COLUMNS = 12;

export const record: Verb = {
  name: 'record',
  does: 'make a recording of a finished run, for visitors without WebGPU',
  usage: '--from DIR --out DIR [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.from === undefined) throw new UserError('record needs --from DIR: the folder of a finished run.');
    if (f.out === undefined) throw new UserError('record needs --out DIR.');
    const folder = new RunFolder(f.from);
    const whole = folder.readRun();
    if (!whole) throw new UserError(`${shownPath(f.from)} holds no run.json, expected the folder of a finished run.`);
    refuseExisting(f.out, RESULTS, !!f.force);
    refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    const all = folder.readMetrics();
    const last = Math.min(f.steps ?? all.length, all.length);
    const metrics = all.slice(0, last);
    const run = last === all.length ? whole : { ...whole, steps: last };
    const judged = new Map(folder.readJudged().map((grid) => [grid.step, grid]));
    const kept = keptLoras(folder, all.length);
    if (f.steps !== undefined && !kept.some(({ step }) => step === last)) {
      const steps = showList(kept.map(({ step }) => `${step}`));
      throw new UserError(`--steps is ${last}, expected one of the steps whose LoRA was kept: ${steps}.`);
    }
    const drawn = kept.filter(({ step }) => step === last || (step < last && step % (f.every ?? 1) === 0));
    const model = await openCheckedModel(f.bundle, f);
    const base = await baseOf(model.bundle);
    const layout = layoutOf(run, model.linears);
    const states = [
      { step: 0, factors: initialFactors(layout, Random.stream(run.seed, 'factors')) },
      ...drawn.map(({ step, path }) => {
        const { file, name } = readLoraFile(path);
        const elsewhere = trainedElsewhere(shownPath(folder.path), file.baseHash, base);
        if (elsewhere) throw new UserError(`${elsewhere}: give the old base's --bundle to record it.`);
        return { step, factors: factorsFromFile(layout, file, name) };
      }),
    ];
    const pipeline = await openPipeline(model, f.adapter);
    const release = await lockFolder(f.out);
    try {
      // Another process may have recorded here while this one checked its input.
      refuseExisting(f.out, RESULTS, !!f.force);
      removeResults(f.out, RESULTS);
      const recording = await draw(pipeline, { run, metrics, judged, layout, states }, f.out);
      writeAtomic(join(f.out, 'recording.json'), `${JSON.stringify(recording)}\n`);
    } finally {
      release();
    }
    print(`${f.out}\n`);
    return 0;
  },
};

interface Recorded {
  run: RunFile;
  metrics: Metrics[];
  /** What the judge said beside the run, by steps. */
  judged: ReadonlyMap<number, JudgedGrid>;
  layout: LoraLayout;
  /** The LoRA at each step that is drawn. */
  states: { step: number; factors: Float32Array<ArrayBuffer> }[];
}

/** Draws timeline and samples of every state into the folder `out`. Returns the recording that names them. */
async function draw(
  pipeline: Pipeline,
  { run, metrics, judged, layout, states }: Recorded,
  out: string,
): Promise<RecordingFile> {
  const { bundle } = pipeline.model;
  const parameters = pipeline.gpu.buffer(states[0].factors.byteLength, 'LoRA');
  const artist = new Artist(pipeline, { layout, parameters });
  const { prompts, seed } = run.samples;
  const frames: RecordedFrame[] = [];
  const samples: RecordingFile['samples'] = [];
  const started = performance.now();
  for (const [i, { step, factors }] of states.entries()) {
    pipeline.gpu.write(parameters, factors);
    const number = String(step).padStart(6, '0');
    const { timeline } = await artist.timeline({
      run,
      prompt: prompts[0],
      seed,
      sigmas: timelineSigmas(COLUMNS),
      positive: run.reward.positive[0],
      negative: run.reward.negative[0],
      step,
      update: metrics[step - 1] ?? null,
    });
    const { clean: _, columns, ...rest } = timeline;
    const sheet = `frame-${number}.png`;
    writeAtomic(join(out, sheet), encodePng(timelinePictures(timeline)));
    frames.push({ ...rest, sheet, columns: columns.map(numbersOf) });
    writeAtomic(join(out, `samples-${number}.png`), encodePng(montage([await artist.draw(samplesOf(run))])));
    const grid = judged.get(step);
    samples.push({
      ...{ step, sheet: `samples-${number}.png`, prompts, seeds: prompts.map((_, k) => seed + k) },
      ...(grid && { judged: grid }),
    });
    const seconds = (performance.now() - started) / 1000;
    showProgress({ label: 'record', step: i + 1, total: states.length, seconds });
  }
  artist.destroy();
  return parseRecording({
    version: 1,
    name: `${prompts[0]}, more ${run.reward.positive[0]}`,
    made: pipeline.gpu.description.name,
    cell: { width: bundle.image.width, height: bundle.image.height },
    run,
    metrics,
    wordChanges: [],
    frames,
    samples,
  });
}

/** The kept LoRAs up to `last`, and the final one where none was kept at the last step. */
function keptLoras(folder: RunFolder, last: number): { step: number; path: string }[] {
  const found = folder.has('adapters') ? entriesOf(folder.file('adapters')).map(({ name }) => name) : [];
  const kept = found
    .flatMap((name) => name.match(/^step-(\d{6})\.safetensors$/)?.[1] ?? [])
    .map((digits) => ({ step: Number(digits), path: folder.file(folder.keptLora(Number(digits))) }))
    .filter(({ step }) => step <= last)
    .sort((a, b) => a.step - b.step);
  const final = folder.file('lora/pytorch_lora_weights.safetensors');
  if (kept.at(-1)?.step !== last && folder.has('lora/pytorch_lora_weights.safetensors')) {
    kept.push({ step: last, path: final });
  }
  if (kept.length === 0) throw new UserError(`${shownPath(folder.path)} holds no LoRAs yet, expected a finished run.`);
  return kept;
}
