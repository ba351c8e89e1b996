/**
 * @file `studio align`, the main job: trains a LoRA with a reward and leaves everything about it in a folder.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { picturesOf } from '../align/picture';
import type { Pipeline } from '../align/pipeline';
import { PRESET } from '../align/preset';
import { noiseOf } from '../align/random';
import { TimelineDrawer } from '../align/timeline';
import { loraExport, prepareRun, Trainer, type TrainerOptions } from '../align/trainer';
import { UserError } from '../errors';
import { sigmaOf } from '../formats/metrics';
import { type RunFile, runFileKey } from '../formats/run-file';
import { writeLora } from '../lora/write';
import { baseOf } from '../models/bundle';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { whatLiesAt } from './file-errors';
import { lockFolder } from './folder-lock';
import { DEFAULT_BUNDLE, openCheckedModel, projectRoot, readLoraFile, readRunFile, warnOfForeignLora } from './inputs';
import { entriesOf, refuseExisting, refuseInside, removeResults, removeTemporaries } from './results';
import { type DiskSnapshot, EXPORT, RUN_RESULTS, RunFolder } from './run-folder';
import { sampleGridPng, timelinePng } from './sheets';
import { endInterrupted, message, onInterrupt, print, showProgress } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, type Verb } from './verb';

const flags = {
  run: { kind: 'text', value: 'FILE', help: 'run file (default: the built-in preset)' },
  out: { kind: 'text', value: 'DIR', help: 'folder for the results (default: the next free runs/NAME-N)' },
  resume: { kind: 'switch', help: 'go on from the last snapshot; from the beginning where there is none' },
  steps: {
    kind: 'integer',
    value: 'N',
    help: 'updates in all; with --resume it extends the run',
    min: 1,
    max: 100_000,
  },
  lora: { kind: 'text', value: 'FILE', help: 'LoRA to start from' },
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

/** Columns of timeline.png. */
const TIMELINE_SIGMAS = 14;

export const align: Verb = {
  name: 'align',
  does: 'train a LoRA with a reward (the main job)',
  usage: '--run FILE --out DIR [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.resume && f.out === undefined)
      throw new UserError('--resume needs --out DIR: the folder of the run to go on with.');
    if (f.resume && f.force)
      throw new UserError('--resume and --force exclude each other: one keeps the results, the other replaces them.');
    const given = f.run === undefined ? null : readRunFile(f.run);
    const folder = new RunFolder(f.out ?? nextFreeFolder((given ?? PRESET).bundle));
    const stored = f.resume ? folder.readRun() : null;
    if (stored && given) checkSameRun(stored, given, f.run!);
    const refuse = () => refuseExisting(folder.path, RUN_RESULTS, !!f.force, ', or --resume to go on');
    if (!f.resume) refuse();
    const base = stored ?? given ?? PRESET;
    const warmStart = f.lora === undefined ? null : readLoraFile(f.lora);
    const bundle = f.bundle ?? bundleFolder(base);
    refuseInside(folder.path, bundle);
    const model = await openCheckedModel(bundle);
    const { layout } = await prepareRun(model, base, warmStart);
    const inUse = await baseOf(model.bundle);
    const readSnapshot = () => (f.resume ? folder.readSnapshot(layout.count, inUse) : null);
    let snapshot = readSnapshot();
    const steps = f.steps ?? snapshot?.steps ?? base.steps;
    if (snapshot && steps < snapshot.state.step) {
      throw new UserError(
        `${folder.path} has done ${snapshot.state.step} updates already, --steps ${steps} cannot take them back.`,
      );
    }
    if (snapshot?.state.step === steps && folder.exportedStep() === steps) {
      message(`${folder.path} is finished: ${steps} updates.`);
      print(`${folder.path}\n`);
      return 0;
    }

    if (!snapshot) await warnOfForeignLora(warmStart, model.bundle);
    const pipeline = await openPipeline(model, f.adapter);
    const release = await lockFolder(folder.path);
    try {
      // Another process may have trained here while this one checked its input.
      if (f.resume) {
        const now = folder.readRun();
        if (now) checkSameRun(now, base, f.run ?? 'The run file');
        snapshot = readSnapshot();
        removeTemporaries(folder.path, RUN_RESULTS);
      } else {
        refuse();
        removeResults(folder.path, RUN_RESULTS);
      }
      folder.write('run.json', `${JSON.stringify(base, null, 2)}\n`);
      const job = { folder, pipeline, run: { ...base, steps }, snapshot, warmStart, baseHash: inUse.hash };
      const { run, bundle: dir, adapter, lora } = f;
      const code = await train(job, resumeCommand({ run, bundle: dir, adapter, lora }, f.steps, folder.path));
      if (code === 0) print(`${folder.path}\n`);
      return code;
    } finally {
      release();
    }
  },
};

interface Job {
  folder: RunFolder;
  pipeline: Pipeline;
  /** With the updates now wanted. */
  run: RunFile;
  snapshot: DiskSnapshot | null;
  warmStart: TrainerOptions['warmStart'];
  baseHash: string;
}

async function train(job: Job, resume: string): Promise<number> {
  const { folder, pipeline, run, snapshot, warmStart, baseHash } = job;
  const device = pipeline.gpu.description.name;
  if (snapshot && snapshot.device !== device) {
    message(`This run was begun on ${snapshot.device}; on ${device} it goes on, but not bit for bit the same.`);
  }
  const firstStep = snapshot?.state.step ?? 0;
  let done = firstStep;
  let updating = false;
  let interrupted: NodeJS.Signals | null = null;
  const endNow = (signal: NodeJS.Signals): never => {
    message(`Saved after ${done} of ${run.steps} updates. Go on with: ${resume}`);
    return endInterrupted(signal);
  };
  onInterrupt((signal) => {
    interrupted = signal;
    if (updating) message('Stopping after this update …');
    // Whatever else is being done is done again by a resume.
    else endNow(signal);
  });
  const started = performance.now();
  let reward: number | undefined;
  let loss: number | undefined;
  const show = () =>
    showProgress({
      label: 'align',
      step: done,
      firstStep,
      total: run.steps,
      seconds: (performance.now() - started) / 1000,
      reward,
      loss,
    });

  const trainer = await Trainer.create(pipeline, run, {
    state: snapshot?.state,
    warmStart,
    onPhase: show,
  });
  folder.trimMetrics(trainer.step);
  const save = async () => folder.writeSnapshot({ state: await trainer.state(), steps: run.steps, baseHash, device });
  // Before the first update too: a resume starts from the same factors, with the same kernels, to the same end.
  if (snapshot?.steps !== run.steps) await save();

  /** Samples and kept LoRAs due at this step, where they are not there yet. */
  const leaveBehind = async () => {
    const { step } = trainer;
    const due = step === 0 || step === run.steps || step % run.samples.every === 0;
    if (due && !folder.has(folder.sample(step))) {
      const pictures = await trainer.samples();
      folder.write(folder.sample(step), sampleGridPng([{ label: `step ${step}`, pictures }], run.samples.prompts));
    }
    if (step > 0 && step % run.keepEvery === 0 && !folder.has(folder.keptLora(step))) {
      folder.write(folder.keptLora(step), await exportNow());
    }
  };
  const exportNow = async () =>
    writeLora(
      loraExport(
        run,
        trainer.lora.layout,
        await pipeline.gpu.readFloats(trainer.lora.parameters),
        trainer.step,
        baseHash,
      ),
    );

  show();
  await leaveBehind();
  while (trainer.step < run.steps) {
    updating = true;
    const metrics = await trainer.update();
    reward = metrics.reward;
    loss = metrics.loss;
    folder.appendMetrics(metrics);
    await save();
    updating = false;
    done = trainer.step;
    if (interrupted) endNow(interrupted);
    await leaveBehind();
    show();
  }
  await drawTimeline(job, trainer);
  await drawBeforeAfter(job, trainer);
  // Last, because it marks the run as finished.
  folder.write(EXPORT, await exportNow());
  trainer.destroy();
  return 0;
}

/** timeline.png: the first sample picture, drawn and judged with the LoRA as it is at the end. */
async function drawTimeline({ folder, pipeline, run }: Job, trainer: Trainer): Promise<void> {
  const { model } = pipeline;
  const prompt = run.samples.prompts[0];
  const noise = noiseOf(run.samples.seed, 1, model.latentSize);
  const sampler = await pipeline.sampler(1, trainer.lora);
  await sampler.run(noise, [prompt], run.rollout.steps, run.rollout.guidance);
  const x0 = await sampler.read();
  sampler.destroy();
  const decoder = await pipeline.decoder(1);
  decoder.write('latents', x0);
  await decoder.runAndWait();
  const { width, height } = model.bundle.image;
  const [clean] = picturesOf(await decoder.read('picture'), width, height);
  decoder.destroy();

  const drawer = await TimelineDrawer.create(pipeline, run, trainer.rewards, trainer.lora);
  const [positive, negative] = [trainer.words.positive[0], trainer.words.negative[0]];
  const columns = await drawer.draw({ prompt, noise, x0, positive, negative, sigmas: timelineSigmas(TIMELINE_SIGMAS) });
  drawer.destroy();
  const { sigmaMin, sigmaMax } = run.timesteps;
  // From the metrics, which a resumed process has as well.
  const todaySigma = sigmaOf(folder.trimMetrics(trainer.step).at(-1));
  const sheet = timelinePng({
    prompt,
    clean,
    columns,
    sigmaMin,
    sigmaMax,
    todaySigma,
    positive,
    negative,
    step: trainer.step,
  });
  folder.write('timeline.png', sheet);
}

/** n noise levels from .98 down to .06, evenly spaced. */
export const timelineSigmas = (n: number): number[] => Array.from({ length: n }, (_, i) => 0.98 - (0.92 * i) / (n - 1));

async function drawBeforeAfter({ folder, pipeline, run }: Job, trainer: Trainer): Promise<void> {
  const after = await trainer.samples();
  const before = await samplesOfBase(pipeline, run);
  const rows = [
    { label: 'step 0', pictures: before },
    { label: `step ${trainer.step}`, pictures: after },
  ];
  folder.write('before-after.png', sampleGridPng(rows, run.samples.prompts));
}

/** The sample grid of step 0, drawn again: a resumed process does not hold it any more. */
async function samplesOfBase(pipeline: Pipeline, run: RunFile) {
  const { prompts, seed } = run.samples;
  const { width, height } = pipeline.model.bundle.image;
  const sampler = await pipeline.sampler(1, null);
  const decoder = await pipeline.decoder(1);
  const pictures = [];
  for (const [i, prompt] of prompts.entries()) {
    await sampler.run(
      noiseOf(seed + i, 1, pipeline.model.latentSize),
      [prompt],
      run.rollout.steps,
      run.rollout.guidance,
    );
    decoder.write('latents', await sampler.read());
    await decoder.runAndWait();
    pictures.push(...picturesOf(await decoder.read('picture'), width, height));
  }
  sampler.destroy();
  decoder.destroy();
  return pictures;
}

function checkSameRun(stored: RunFile, given: RunFile, path: string): void {
  const free = (run: RunFile) => runFileKey({ ...run, bundle: '' });
  if (free(stored) !== free(given)) {
    const key = Object.keys(stored).find(
      (k) =>
        JSON.stringify(stored[k as keyof RunFile]) !== JSON.stringify(given[k as keyof RunFile]) &&
        k !== 'bundle' &&
        k !== 'steps',
    );
    throw new UserError(
      `${path} differs from the run in the folder (${key ? `"${key}"` : 'a setting'}): only --steps may change on --resume.`,
    );
  }
  if (stored.steps !== given.steps) {
    throw new UserError(
      `${path} asks for ${given.steps} steps, the run was started with ${stored.steps}: extend it with --steps ${given.steps}.`,
    );
  }
}

/** The bundle a run names, where it lies in public/bundles; else the default. */
function bundleFolder(run: RunFile): string {
  const folder = join(projectRoot, 'public/bundles', run.bundle);
  return /^[\w.-]+$/.test(run.bundle) && existsSync(join(folder, 'bundle.json')) ? folder : DEFAULT_BUNDLE;
}

function nextFreeFolder(name: string): string {
  const runs = join(projectRoot, 'runs');
  const safe = name.replace(/[^\w.-]+/g, '-') || 'run';
  const taken = whatLiesAt(runs) === 'folder' ? entriesOf(runs).map(({ name }) => name) : [];
  let n = 1;
  while (taken.includes(`${safe}-${n}`)) n++;
  return relative(process.cwd(), join(runs, `${safe}-${n}`)) || '.';
}

/** What the user types to go on, with the flags that were given. */
function resumeCommand(
  flags: Record<'run' | 'bundle' | 'adapter' | 'lora', string | undefined>,
  steps: number | undefined,
  out: string,
): string {
  const given = Object.entries({ ...flags, steps, out }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}${String(value).startsWith('--') ? '=' : ' '}${quoted(String(value))}`],
  );
  return `npm run -s studio -- align ${given.join(' ')} --resume`;
}

/** An argument as a shell takes it. */
const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
