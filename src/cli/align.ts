/**
 * @file `studio align`, the main job: trains a LoRA with a reward and leaves everything about it in a folder.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Artist, samplesOf, timelineSigmas } from '../align/artist';
import { bestOf, isStopped } from '../align/best-step';
import type { Pipeline } from '../align/pipeline';
import { PRESET } from '../align/preset';
import { AlignmentRun } from '../align/run';
import { prepareRun, Trainer, type TrainerOptions } from '../align/trainer';
import { UserError } from '../errors';
import { gridJudge } from '../evaluate/grid-judge';
import { withSampledWords } from '../evaluate/held-out';
import { type Judge, openJudge } from '../evaluate/judge';
import { namesSamples, type RunFile, runFileKey } from '../formats/run-file';
import { baseOf } from '../models/bundle';
import type { PictureSource } from '../pictures/source';
import { parseFlags } from './args';
import { openPipeline } from './device';
import { whatLiesAt } from './file-errors';
import { lockFolder } from './folder-lock';
import { FolderStore } from './folder-store';
import {
  DEFAULT_BUNDLE,
  openCheckedModel,
  projectRoot,
  readInput,
  readLoraFile,
  readRunFile,
  warnOfForeignLora,
} from './inputs';
import { readPictureFolder } from './picture-folder';
import { entriesOf, refuseExisting, refuseInside, removeResults, removeTemporaries } from './results';
import { type DiskSnapshot, EXPORT, RUN_RESULTS, RunFolder } from './run-folder';
import { openPictures } from './run-pictures';
import { sampleGridPng, timelinePng } from './sheets';
import { endInterrupted, message, onInterrupt, print, showProgress } from './terminal';
import { COMMON_FLAGS, FORCE_FLAG, REWARD_FLAG, type Verb } from './verb';

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
  ...REWARD_FLAG,
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
    let given = f.run === undefined ? null : readRunFile(f.run);
    const namesItsSamples = f.run === undefined || namesSamples(readInput(f.run, 'Run file'), f.run);
    const folder = new RunFolder(f.out ?? nextFreeFolder((given ?? PRESET).bundle));
    const stored = f.resume ? folder.readRun() : null;
    // What the file left open was settled when the run began.
    if (given && stored && !namesItsSamples) given = withSamplesOf(given, stored);
    if (stored && given) checkSameRun(stored, given, f.run!);
    const refuse = () => refuseExisting(folder.path, RUN_RESULTS, !!f.force, ', or --resume to go on');
    if (!f.resume) refuse();
    let base = stored ?? given ?? PRESET;
    const warmStart = f.lora === undefined ? null : readLoraFile(f.lora);
    const bundle = f.bundle ?? bundleFolder(base);
    refuseInside(folder.path, bundle);
    const model = await openCheckedModel(bundle, f);
    if (!stored && !namesItsSamples) base = await withSampledWords(base, model.bundle);
    const judge = await openJudge(model.bundle);
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
    const ended = snapshot && endOf({ ...base, steps }, folder, snapshot.state.step);
    if (ended && folder.exportedStep() === ended.exported) {
      message(`${folder.path} is finished: ${ended.step} updates.`);
      print(`${folder.path}\n`);
      return 0;
    }

    const images = base.images === null ? null : await readPictureFolder(base.images, f.run);
    if (!snapshot) await warnOfForeignLora(warmStart, model.bundle);
    const pipeline = await openPipeline(model, f.adapter);
    const release = await lockFolder(folder.path);
    try {
      // Another process may have trained here while this one checked its input.
      if (f.resume) {
        const now = folder.readRun();
        if (now && !stored && !namesItsSamples) base = withSamplesOf(base, now);
        if (now) checkSameRun(now, base, f.run ?? 'The run file');
        snapshot = readSnapshot();
        removeTemporaries(folder.path, RUN_RESULTS);
      } else {
        refuse();
        removeResults(folder.path, RUN_RESULTS);
      }
      const pictures =
        images && (await openPictures(pipeline, images, folder.file('pictures.safetensors'), snapshot !== null));
      folder.write('run.json', `${JSON.stringify(base, null, 2)}\n`);
      const job = {
        ...{ pictures, folder, pipeline, run: { ...base, steps }, snapshot, warmStart },
        ...{ baseHash: inUse.hash, judge },
      };
      const code = await train(job, resumeCommand(f, folder.path));
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
  pictures: PictureSource | null;
  judge: Judge | null;
}

/** The run with the sample prompts of one that has begun. */
const withSamplesOf = (run: RunFile, begun: RunFile): RunFile => ({
  ...run,
  samples: { ...run.samples, prompts: begun.samples.prompts },
});

/** How a run has ended after `step` updates: the step whose LoRA is then its result; null where it goes on. */
function endOf(run: RunFile, folder: RunFolder, step: number): { step: number; exported: number } | null {
  const judged = folder.readJudged();
  if (!isStopped(run, judged, step)) return step >= run.steps ? { step, exported: step } : null;
  const best = bestOf(run, judged, step);
  return { step, exported: best || step };
}

async function train(job: Job, resume: string): Promise<number> {
  const { folder, pipeline, run, snapshot, warmStart, baseHash, pictures, judge } = job;
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

  const trainer = await Trainer.create(pipeline, run, { state: snapshot?.state, warmStart, pictures, onPhase: show });
  folder.trimMetrics(trainer.step);
  const store = new FolderStore(folder, run, trainer.lora.layout, baseHash, device);
  // A run that is extended is saved anew, because its snapshot names the updates wanted.
  const begun = snapshot?.steps === run.steps;
  const beside = judge && gridJudge(judge);
  const training = new AlignmentRun(
    run,
    store,
    (work) => work(trainer),
    snapshot?.state ?? null,
    null,
    begun,
    async () => beside,
  );

  show();
  for (let piece = training.next; piece !== 'over'; piece = training.next) {
    updating = piece === 'update';
    const metrics = await training.do(piece);
    // A signal that came meanwhile is heard before the next piece begins.
    await new Promise((resolve) => setImmediate(resolve));
    updating = false;
    done = training.step;
    if (interrupted) endNow(interrupted);
    if (!metrics) continue;
    ({ reward, loss } = metrics);
    show();
  }
  await drawTimeline(job, trainer);
  await drawBeforeAfter(job, trainer);
  const best = training.bestStep;
  const ending = best === null ? null : endingOf(run, training, best, folder);
  if (ending) message(ending);
  // Last, because it marks the run as finished.
  const kept = training.isStopped && best ? folder.keptLora(best) : null;
  folder.write(EXPORT, kept === null ? store.lora(training.state!) : readInput(folder.file(kept), 'Kept LoRA'));
  trainer.destroy();
  return 0;
}

/** What the judge says of the run, in one sentence. */
function endingOf(run: RunFile, { isStopped, step }: AlignmentRun, best: number, folder: RunFolder): string {
  const stopped = isStopped ? `Stopped after ${step} of ${run.steps} updates: the reward is being hacked. ` : '';
  if (best === 0) {
    return `${stopped}Best step: 0, the base. No kept step is within the limits of things named right, diversity and real pictures.`;
  }
  const grid = folder.readJudged().find((judged) => judged.step === best)!;
  const percent = (value: number | null) => `${(100 * value!).toFixed(0)} %`;
  const named = grid.namedRight === null ? '' : `, named right ${percent(grid.namedRight)}`;
  const wanted = grid.gauge === null ? grid.wanted!.toFixed(3) : percent(grid.wanted);
  const place = best === step ? EXPORT : folder.keptLora(best);
  return `${stopped}Best step: ${best} of ${step} (wanted ${wanted}${named}), ${place}.`;
}

/** timeline.png: the first sample picture, drawn and judged with the LoRA as it is at the end. */
async function drawTimeline({ folder, pipeline, run }: Job, { lora, words, step }: Trainer): Promise<void> {
  const artist = new Artist(pipeline, lora);
  const { timeline } = await artist.timeline({
    run,
    prompt: run.samples.prompts[0],
    seed: run.samples.seed,
    sigmas: timelineSigmas(TIMELINE_SIGMAS),
    positive: words.positive[0],
    negative: words.negative[0],
    step,
    // From the metrics, which a resumed process has as well.
    update: folder.trimMetrics(step).at(-1) ?? null,
  });
  artist.destroy();
  folder.write('timeline.png', timelinePng(timeline));
}

async function drawBeforeAfter({ folder, pipeline, run }: Job, trainer: Trainer): Promise<void> {
  const after = await trainer.samples();
  // Those of step 0, drawn again: a resumed process does not hold them any more.
  const artist = new Artist(pipeline, null);
  const before = await artist.draw(samplesOf(run), 1);
  artist.destroy();
  const rows = [
    { label: 'step 0', pictures: before },
    { label: `step ${trainer.step}`, pictures: after },
  ];
  folder.write('before-after.png', sampleGridPng(rows, run.samples.prompts));
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

/** What the user types to go on, with the flags that were given but for those that begin a run. */
function resumeCommand(
  { force: _, resume: __, steps, ...flags }: Record<string, string | number | boolean | readonly string[] | undefined>,
  out: string,
): string {
  const given = Object.entries({ ...flags, steps, out }).flatMap(([name, values]) =>
    [values ?? []]
      .flat()
      .map((value) =>
        value === true ? `--${name}` : `--${name}${String(value).startsWith('--') ? '=' : ' '}${quoted(String(value))}`,
      ),
  );
  return `npm run -s studio -- align ${given.join(' ')} --resume`;
}

/** An argument as a shell takes it. */
const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
