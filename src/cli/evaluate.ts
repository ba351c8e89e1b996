/**
 * @file `studio evaluate`: the base and LoRAs draw the same prompts from the same noise, and everything that can be
 * measured of it is, with intervals.
 */
import { basename, dirname, join } from 'node:path';
import { Artist } from '../align/artist';
import { toRgba } from '../align/picture';
import type { Pipeline } from '../align/pipeline';
import { RewardScorer } from '../align/reward-scorer';
import { UserError } from '../errors';
import { type EvaluatedPictures, measureSide } from '../evaluate/evaluation';
import { evaluationPrompts } from '../evaluate/held-out';
import { openJudge } from '../evaluate/judge';
import { wantedStyles } from '../evaluate/measures/styles';
import type { Subject, Words } from '../evaluate/observe';
import { type MeasuredSide, reportOf } from '../evaluate/report';
import { markdown } from '../evaluate/table';
import { runWithWords } from '../formats/control-words';
import type { RgbaPicture } from '../formats/png';
import { canonicalJson, type RunFile } from '../formats/run-file';
import { decodeUtf8, linesOf } from '../formats/utf8';
import { type LoraLayout, layoutOfFile } from '../lora/layout';
import { atStrength, type NamedLora } from '../lora/lora-file';
import { baseOf, sha256Hex } from '../models/bundle';
import { cellOf } from '../sheets/svg';
import { escapeText } from '../shown';
import { parseFlags } from './args';
import { BasePictures } from './base-pictures';
import { loraOnDevice, openPipeline } from './device';
import { shownPath } from './file-errors';
import { lockFolder } from './folder-lock';
import {
  DEFAULT_BUNDLE,
  openCheckedModel,
  readInput,
  readLoraBytes,
  readLoraFile,
  readRunFile,
  warnOfForeignLora,
} from './inputs';
import { refuseExisting, refuseInside, removeResults, writeAtomic } from './results';
import { sampleGridPng } from './sheets';
import { message, print, showProgress } from './terminal';
import { COMMON_FLAGS, DRAWING, drawingFlags, FORCE_FLAG, REWARD_FLAG, type Verb } from './verb';

const flags = {
  lora: { kind: 'texts', value: 'FILE…', help: 'LoRA to evaluate beside the base: a file or its folder; may repeat' },
  strength: {
    kind: 'numbers',
    of: 'lora',
    value: 'S',
    help: 'weight of the --lora before it (default 1)',
    min: -100,
    max: 100,
  },
  prompts: { kind: 'texts', value: 'TEXT…', help: "what to draw (default: the bundle's words that no run has seen)" },
  'prompts-file': { kind: 'text', value: 'FILE', help: 'text file of prompts, one a line' },
  seeds: {
    kind: 'integer',
    value: 'N',
    help: 'pictures of each prompt, from noise 0 … N − 1 (default 4)',
    min: 1,
    max: 1000,
  },
  ...drawingFlags("the run's"),
  run: { kind: 'text', value: 'FILE', help: "run file whose words are wanted (default: the first LoRA's own)" },
  'keep-base': {
    kind: 'text',
    value: 'FILE',
    help: "keep the base's pictures here for the next evaluation of the same",
  },
  out: { kind: 'text', value: 'DIR', help: 'folder for evaluation.json, evaluation.md and grid.png' },
  ...REWARD_FLAG,
  ...COMMON_FLAGS,
  force: FORCE_FLAG,
} as const;

const RESULTS = [/^evaluation\.json$/, /^evaluation\.md$/, /^grid\.png$/];
/** Prompts of the grid, at most; of each its first seed. */
const GRID_PROMPTS = 24;
/** The longer side of a picture that waits for the grid, in pixels. */
const GRID_PICTURE = 192;

interface GivenLora {
  lora: NamedLora;
  /** As the table calls it. */
  name: string;
  sha256: string;
  strength: number;
}

export const evaluate: Verb = {
  name: 'evaluate',
  does: 'judge a base and LoRAs on held-out prompts',
  usage: '[--lora FILE [--strength S]]… --out DIR [flags]',
  flags,
  async run(args) {
    const { flags: f } = parseFlags(args, flags);
    if (f.out === undefined) throw new UserError('evaluate needs --out DIR.');
    if (f.prompts && f['prompts-file'] !== undefined) {
      throw new UserError('--prompts and --prompts-file exclude each other.');
    }
    refuseExisting(f.out, RESULTS, !!f.force);
    const givenRun = f.run === undefined ? null : readRunFile(f.run);
    const given = f.prompts ?? (f['prompts-file'] === undefined ? null : readPrompts(f['prompts-file']));
    if (given?.some((prompt) => prompt.trim() === '')) throw new UserError('--prompts holds an empty prompt.');
    const loras: GivenLora[] = [];
    for (const [i, path] of (f.lora ?? []).entries()) loras.push(await readGiven(path, f.strength?.[i] ?? 1, loras));
    refuseInside(f.out, f.bundle ?? DEFAULT_BUNDLE);
    const model = await openCheckedModel(f.bundle, f);
    const { bundle } = model;
    const layouts = loras.map(({ lora }) => layoutOfFile(lora.file, model.linears, lora.name));
    const runs = runsOf(givenRun, loras);
    const prompts = given ?? (await evaluationPrompts(bundle, runs));
    const judge = await openJudge(bundle);
    for (const { lora } of loras) await warnOfForeignLora(lora, bundle);
    const words: Words | null = runs.length ? runs[0].reward : null;
    warnOfOtherWords(runs);

    const pictures: EvaluatedPictures = {
      prompts,
      seeds: f.seeds ?? 4,
      steps: f.steps ?? givenRun?.rollout.steps ?? DRAWING.steps,
      guidance: f.guidance ?? givenRun?.rollout.guidance ?? DRAWING.guidance,
    };
    const pipeline = await openPipeline(model, f.adapter);
    const release = await lockFolder(f.out);
    try {
      // Another process may have evaluated here while this one checked its input.
      refuseExisting(f.out, RESULTS, !!f.force);
      removeResults(f.out, RESULTS);
      const scorer = bundle.rewards.length ? await RewardScorer.create(pipeline, bundle.rewards) : null;
      const wanted = judge && words ? wantedStyles(judge.labels, words.positive) : [];
      const subject: Subject = { judge, scorer, wanted, words };
      const base = await baseOf(bundle);
      const device = pipeline.gpu.description.name;
      const kept = f['keep-base'] && { path: f['keep-base'], key: canonicalJson({ base, device, pictures }) };
      const { sides, rows } = await measureAll(pipeline, subject, pictures, loras, layouts, kept || null);
      const evaluation = reportOf(subject, base, device, pictures, sides);
      const text = markdown(evaluation);
      writeAtomic(join(f.out, 'grid.png'), sampleGridPng(rows, prompts.slice(0, GRID_PROMPTS)));
      writeAtomic(join(f.out, 'evaluation.md'), text);
      writeAtomic(join(f.out, 'evaluation.json'), `${JSON.stringify(evaluation, null, 1)}\n`);
      print(text);
    } finally {
      release();
    }
    return 0;
  },
};

/** Draws and measures the base, then each LoRA. @param kept where the base's pictures are kept, if anywhere */
async function measureAll(
  pipeline: Pipeline,
  subject: Subject,
  pictures: EvaluatedPictures,
  loras: readonly GivenLora[],
  layouts: readonly LoraLayout[],
  kept: { path: string; key: string } | null,
) {
  const started = performance.now();
  const total = pictures.prompts.length * pictures.seeds;
  const sides: MeasuredSide[] = [];
  const rows: { label: string; pictures: RgbaPicture[] }[] = [];
  for (const [i, given] of [null, ...loras].entries()) {
    const lora = given && loraOnDevice(pipeline, layouts[i - 1], given.lora);
    const artist = new Artist(pipeline, lora);
    const row = { label: given?.name ?? 'base', pictures: [] as RgbaPicture[] };
    const draw: Artist['pictures'] = (...request) => artist.pictures(...request);
    const columns = await measureSide(
      !given && kept ? new BasePictures(kept.path, kept.key, draw) : artist,
      subject,
      pictures,
      (done) =>
        showProgress({
          label: `evaluate ${row.label}`,
          step: Math.floor(i * total + done),
          total: (loras.length + 1) * total,
          seconds: (performance.now() - started) / 1000,
        }),
      (picture, prompt, seed) => {
        if (seed > 0 || prompt >= GRID_PROMPTS) return;
        // No larger than the grid shows it, so that large pictures do not pile up.
        row.pictures.push(cellOf({ ...picture, data: toRgba(picture) }, GRID_PICTURE).picture);
      },
    );
    artist.destroy();
    lora?.parameters.destroy();
    sides.push({
      name: row.label,
      lora: given && { sha256: given.sha256, strength: given.strength, step: given.lora.file.step ?? null },
      columns,
    });
    rows.push(row);
  }
  return { sides, rows };
}

/** @throws UserError where the file holds no prompt */
function readPrompts(path: string): string[] {
  const prompts = linesOf(decodeUtf8(readInput(path, 'Prompts file'), shownPath(path)));
  if (prompts.length === 0) throw new UserError(`${shownPath(path)} holds no prompt, expected one a line.`);
  return prompts;
}

/** A LoRA with what the table calls it, which no other has. */
async function readGiven(path: string, strength: number, others: readonly GivenLora[]): Promise<GivenLora> {
  const read = readLoraFile(path);
  const lora = atStrength(read, strength);
  const plain = `${loraName(path)}${strength === 1 ? '' : ` × ${strength}`}`;
  let name = plain;
  for (let n = 2; name === 'base' || others.some((other) => other.name === name); n++) name = `${plain} (${n})`;
  return { lora, name, strength, sha256: await sha256Hex(readLoraBytes(path)) };
}

/** A file's own name, with the run's where `align` named it: `runs/mini-flux-1/adapters/step-000010` is `mini-flux-1 step 10`. */
function loraName(path: string): string {
  const folder = basename(dirname(dirname(path)));
  const file = basename(path).replace(/\.(safetensors|zip)$/, '');
  const [, step] = /^step-0*(\d+)$/.exec(file) ?? [];
  if (step !== undefined && basename(dirname(path)) === 'adapters') return escapeText(`${folder} step ${step}`.trim());
  return escapeText(file === 'pytorch_lora_weights' && folder !== '.' ? folder : file);
}

/** The run files that say what was trained on and what is wanted; the first one's words count. */
function runsOf(given: RunFile | null, loras: readonly GivenLora[]): RunFile[] {
  const own = loras.flatMap(({ lora: { file } }) => (file.run ? [runWithWords(file.run, file.wordChanges ?? [])] : []));
  return given ? [given, ...own] : own;
}

function warnOfOtherWords(runs: readonly RunFile[]): void {
  const words = ({ reward }: RunFile) => JSON.stringify([...reward.positive].sort());
  if (runs.some((run) => words(run) !== words(runs[0]))) {
    const list = runs[0].reward.positive.map((word) => `"${escapeText(word)}"`).join(', ');
    message(`The LoRAs were trained towards different words; all are judged by ${list}.`);
  }
}
