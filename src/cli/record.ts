/**
 * @file `studio record`: turns a finished run's folder into a recording that the page plays (src/formats/recording.ts).
 *
 * Nothing is trained again: the numbers are the run's own metrics.jsonl, the pictures are drawn with the LoRAs it
 * kept. Every frame shows the same picture, the first sample prompt with the samples' seed, so that scrubbing over the
 * training steps shows one picture change.
 */
import { join } from 'node:path';
import { type FloatPicture, picturesOf } from '../align/picture';
import type { DeviceLora, Pipeline, Sampler } from '../align/pipeline';
import { noiseOf, Random } from '../align/random';
import { type TimelineColumn, TimelineDrawer } from '../align/timeline';
import type { Compiled } from '../compiler/compiled';
import { UserError } from '../errors';
import { sigmaOf } from '../formats/metrics';
import { encodePng, type RgbaPicture } from '../formats/png';
import { parseRecording, type RecordedFrame, type RecordingFile } from '../formats/recording';
import type { RunFile } from '../formats/run-file';
import { factorsFromFile, initialFactors, layoutOf } from '../lora/layout';
import { baseOf } from '../models/bundle';
import { trainedElsewhere } from '../models/known-bases';
import { RewardMixture } from '../rewards/mixture';
import { montage } from '../sheets/montage';
import { timelineSigmas } from './align';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { shownPath } from './file-errors';
import { DEFAULT_BUNDLE, openCheckedModel, readLoraFile } from './inputs';
import { entriesOf, refuseExisting, refuseInside, removeResults, writeAtomic } from './results';
import { RunFolder } from './run-folder';
import { print, showProgress } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, type Verb } from './verb';

const flags = {
  from: { kind: 'text', value: 'DIR', help: 'folder of a finished run' },
  out: { kind: 'text', value: 'DIR', help: 'folder for the recording' },
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
    const run = folder.readRun();
    if (!run) throw new UserError(`${f.from} holds no run.json, expected the folder of a finished run.`);
    refuseExisting(f.out, RESULTS, !!f.force);
    refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    const metrics = folder.readMetrics();
    const kept = keptLoras(folder, metrics.length);
    const model = await openCheckedModel(f.bundle);
    const base = await baseOf(model.bundle);
    const layout = layoutOf(run, model.linears);
    const states = [
      { step: 0, factors: initialFactors(layout, Random.stream(run.seed, 'factors')) },
      ...kept.map(({ step, path }) => {
        const { file, name } = readLoraFile(path);
        const elsewhere = trainedElsewhere(shownPath(folder.path), file.baseHash, base);
        if (elsewhere) throw new UserError(`${elsewhere}: give the old base's --bundle to record it.`);
        return { step, factors: factorsFromFile(layout, file, name) };
      }),
    ];
    const pipeline = await openPipeline(model, f.adapter);
    removeResults(f.out, RESULTS);

    const parameters = pipeline.gpu.buffer(states[0].factors.byteLength, 'LoRA');
    const artist = await Artist.create(pipeline, run, { layout, parameters });
    const frames: RecordedFrame[] = [];
    const samples: RecordingFile['samples'] = [];
    const started = performance.now();
    for (const [i, { step, factors }] of states.entries()) {
      pipeline.gpu.write(parameters, factors);
      const number = String(step).padStart(6, '0');
      const { clean, columns } = await artist.timeline();
      writeAtomic(join(f.out, `frame-${number}.png`), encodePng(timelineSheet(clean, columns)));
      const [positive, negative] = [run.reward.positive[0], run.reward.negative[0]];
      frames.push({
        step,
        sheet: `frame-${number}.png`,
        prompt: run.samples.prompts[0],
        seed: run.samples.seed,
        positive,
        negative,
        sigmaMin: run.timesteps.sigmaMin,
        sigmaMax: run.timesteps.sigmaMax,
        todaySigma: sigmaOf(metrics[step - 1]),
        columns: columns.map(({ injected: _i, recovered: _r, oneStep: _o, ...numbers }) => numbers),
      });
      writeAtomic(join(f.out, `samples-${number}.png`), encodePng(montage([await artist.samples()])));
      const { prompts, seed } = run.samples;
      samples.push({ step, sheet: `samples-${number}.png`, prompts, seeds: prompts.map((_, k) => seed + k) });
      showProgress({
        label: 'record',
        step: i + 1,
        total: states.length,
        seconds: (performance.now() - started) / 1000,
      });
    }
    const recording: RecordingFile = parseRecording({
      version: 1,
      name: `${run.samples.prompts[0]}, more ${run.reward.positive[0]}`,
      made: pipeline.gpu.description.name,
      cell: { width: model.bundle.image.width, height: model.bundle.image.height },
      run,
      metrics,
      wordChanges: [],
      frames,
      samples,
    });
    writeAtomic(join(f.out, 'recording.json'), `${JSON.stringify(recording)}\n`);
    print(`${f.out}\n`);
    return 0;
  },
};

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
  if (kept.length === 0) throw new UserError(`${folder.path} holds no LoRAs yet, expected a finished run.`);
  return kept;
}

/** Draws with whatever factors the LoRA holds at the moment. */
class Artist {
  private constructor(
    private readonly pipeline: Pipeline,
    private readonly run: RunFile,
    private readonly sampler: Sampler,
    private readonly decoder: Compiled,
    private readonly drawer: TimelineDrawer,
  ) {}

  static async create(pipeline: Pipeline, run: RunFile, lora: DeviceLora): Promise<Artist> {
    const { bundle } = pipeline.model;
    const rewards = await RewardMixture.open(bundle, run.reward.model);
    return new Artist(
      pipeline,
      run,
      await pipeline.sampler(1, lora),
      await pipeline.decoder(1),
      await TimelineDrawer.create(pipeline, run, rewards, lora),
    );
  }

  private async draw(prompt: string, seed: number) {
    const { pipeline, run, sampler, decoder } = this;
    const { width, height } = pipeline.model.bundle.image;
    const noise = noiseOf(seed, 1, pipeline.model.latentSize);
    await sampler.run(noise, [prompt], run.rollout.steps, run.rollout.guidance);
    const x0 = await sampler.read();
    decoder.write('latents', x0);
    await decoder.runAndWait();
    const [picture] = picturesOf(await decoder.read('picture'), width, height);
    return { noise, x0, picture };
  }

  async samples(): Promise<FloatPicture[]> {
    const pictures = [];
    for (const [i, prompt] of this.run.samples.prompts.entries()) {
      pictures.push((await this.draw(prompt, this.run.samples.seed + i)).picture);
    }
    return pictures;
  }

  async timeline(): Promise<{ clean: FloatPicture; columns: TimelineColumn[] }> {
    const { reward, samples } = this.run;
    const { noise, x0, picture } = await this.draw(samples.prompts[0], samples.seed);
    const columns = await this.drawer.draw({
      prompt: samples.prompts[0],
      noise,
      x0,
      positive: reward.positive[0],
      negative: reward.negative[0],
      sigmas: timelineSigmas(COLUMNS),
    });
    return { clean: picture, columns };
  }
}

/** Rows injected, recovered, one step; after the columns, in the first row, the clean picture. */
export function timelineSheet(clean: FloatPicture, columns: readonly TimelineColumn[]): RgbaPicture {
  const row = (key: 'injected' | 'recovered' | 'oneStep') => columns.map((column) => column[key]);
  return montage([[...row('injected'), clean], row('recovered'), row('oneStep')]);
}
