/**
 * @file A run's folder: what `align` writes, and what a resume reads.
 *
 *     run.json  metrics.jsonl  snapshot.safetensors  lora/pytorch_lora_weights.safetensors
 *     pictures.safetensors, where it trains from pictures: their latents (latents-file.ts)
 *     samples/step-000000.png …  samples/step-000000.json …  adapters/step-000010.safetensors …
 *     timeline.png  before-after.png
 *
 * After an update first its metrics line is appended, then a LoRA kept where one is due, then the snapshot replaces the
 * former one whole. A process killed in between leaves a line too many, which the resume cuts off before it repeats the
 * update.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Judged } from '../align/run';
import { UserError } from '../errors';
import { readFloats } from '../formats/dtypes';
import { parseJson } from '../formats/json';
import { type JudgedGrid, parseJudged } from '../formats/judged';
import { type Metrics, parseMetrics } from '../formats/metrics';
import type { RunFile } from '../formats/run-file';
import { parseSafetensors, writeSafetensors } from '../formats/safetensors';
import { progressSchema, type TrainerState } from '../formats/trainer-state';
import { decodeUtf8 } from '../formats/utf8';
import { readLora } from '../lora/lora-file';
import { type BaseIdentity, trainedElsewhere } from '../models/known-bases';
import { fileError, shownPath, whatLiesAt } from './file-errors';
import { readInput, readRunFile } from './inputs';
import { existingResults, writeAtomic } from './results';

export const RUN_RESULTS = [
  /^run\.json$/,
  /^metrics\.jsonl$/,
  /^snapshot\.safetensors$/,
  /^pictures\.safetensors$/,
  /^lora\/pytorch_lora_weights\.safetensors$/,
  /^samples\/step-\d{6}\.png$/,
  /^samples\/step-\d{6}\.json$/,
  /^adapters\/step-\d{6}\.safetensors$/,
  /^timeline\.png$/,
  /^before-after\.png$/,
];

/** The trained LoRA, written last. */
export const EXPORT = 'lora/pytorch_lora_weights.safetensors';

/** A snapshot on disk: the trainer's state, the base it belongs to and how many updates are wanted. */
export interface DiskSnapshot {
  state: TrainerState;
  steps: number;
  baseHash: string;
  /** The graphics adapter it was computed on. */
  device: string;
}

const metadataSchema = z.extend(progressSchema, { steps: z.int(), baseHash: z.string(), device: z.string() });

const ON_FULL_DISK = 'free space and go on with --resume';

export class RunFolder {
  constructor(readonly path: string) {}

  file(name: string): string {
    return join(this.path, name);
  }
  has(name: string): boolean {
    return whatLiesAt(this.file(name)) !== 'nothing';
  }
  sample(step: number): string {
    return `samples/step-${String(step).padStart(6, '0')}.png`;
  }
  /** What the judge says of that grid. */
  judgedSample(step: number): string {
    return this.sample(step).replace(/png$/, 'json');
  }
  keptLora(step: number): string {
    return `adapters/step-${String(step).padStart(6, '0')}.safetensors`;
  }
  write(name: string, bytes: Uint8Array | string): void {
    writeAtomic(this.file(name), bytes, ON_FULL_DISK);
  }

  /** The run file as the run was started; null where nothing was started here. */
  readRun(): RunFile | null {
    return this.has('run.json') ? readRunFile(this.file('run.json')) : null;
  }

  /** After how many updates the trained LoRA was exported; undefined where it was not. */
  exportedStep(): number | undefined {
    if (!this.has(EXPORT)) return undefined;
    const path = this.file(EXPORT);
    return readLora(readInput(path, 'LoRA file'), path).step;
  }

  appendMetrics(metrics: Metrics): void {
    try {
      appendFileSync(this.file('metrics.jsonl'), `${JSON.stringify(metrics)}\n`);
    } catch (error) {
      throw fileError(this.file('metrics.jsonl'), error, 'written', ON_FULL_DISK);
    }
  }

  /**
   * The metrics of every update; a last line that is still being written is left out.
   * @throws UserError naming a line that is damaged
   */
  readMetrics(): Metrics[] {
    const path = this.file('metrics.jsonl');
    const lines = decodeUtf8(readInput(path, 'Metrics file'), path).split('\n');
    return lines.slice(0, -1).map((line, i) => {
      const name = `${path}: line ${i + 1}`;
      return parseMetrics(parseJson(line, name), name);
    });
  }

  /** The lines of updates 1 to `step`; whatever follows, or was cut short, is removed. */
  trimMetrics(step: number): Metrics[] {
    const path = this.file('metrics.jsonl');
    const lines = this.has('metrics.jsonl')
      ? new TextDecoder().decode(readInput(path, 'Metrics file')).split('\n')
      : [];
    const kept: Metrics[] = [];
    let text = '';
    for (const line of lines) {
      try {
        const metrics = parseMetrics(JSON.parse(line), 'metrics.jsonl');
        if (metrics.step !== kept.length + 1 || metrics.step > step) continue;
        kept.push(metrics);
        text += `${line}\n`;
      } catch {
        // The line the process was killed in.
      }
    }
    if (text !== lines.join('\n')) this.write('metrics.jsonl', text);
    return kept;
  }

  /** What the judge said of the grids that are there, in the order of their steps. */
  readJudged(): JudgedGrid[] {
    const names = existingResults(this.path, [/^samples\/step-\d{6}\.json$/]);
    return names.flatMap((name) => {
      const path = this.file(name);
      const grid = parseJudged(parseJson(readInput(path, 'Judged samples'), path), path);
      return this.has(this.sample(grid.step)) ? [grid] : [];
    });
  }

  /** Writes the grid's own record, and puts it into the metrics of its update. */
  writeJudged({ grid, bestStep }: Judged): void {
    const { step, ...numbers } = grid;
    this.write(this.judgedSample(step), `${JSON.stringify(grid)}\n`);
    if (step === 0) return;
    this.trimMetrics(step);
    const path = this.file('metrics.jsonl');
    const lines = decodeUtf8(readInput(path, 'Metrics file'), path).split('\n');
    const judged = { ...(parseJson(lines[step - 1], path) as object), ...numbers, bestStep };
    this.write('metrics.jsonl', lines.with(step - 1, JSON.stringify(judged)).join('\n'));
  }

  writeSnapshot({ state, steps, baseHash, device }: DiskSnapshot): void {
    const { step, rngState, positive, negative, pictures } = state;
    // Sorted, so that the order in which they were chosen or read back does not show in the file.
    const kernelVariants = Object.fromEntries(
      Object.entries(state.kernelVariants).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const tensors = (['parameters', 'firstMoment', 'secondMoment', 'old'] as const).flatMap((name) => {
      const data = state[name];
      return data ? [{ name, shape: [data.length], data }] : [];
    });
    const metadata = { step, steps, baseHash, device, rngState, kernelVariants, positive, negative, pictures };
    this.write('snapshot.safetensors', writeSafetensors(tensors, { snapshot: JSON.stringify(metadata) }));
  }

  /**
   * @param count numbers in the LoRA's flat buffer
   * @param base of the bundle that is to go on
   * @throws UserError where the snapshot is damaged or was made on another base
   */
  readSnapshot(count: number, base: BaseIdentity): DiskSnapshot | null {
    if (!this.has('snapshot.safetensors')) return null;
    const path = this.file('snapshot.safetensors');
    const { tensors, metadata } = parseSafetensors(readInput(path, 'Snapshot'), path);
    const damaged = new UserError(
      `${path} is not a snapshot of this run: start again with --force, or restore the file.`,
    );
    let meta: z.infer<typeof metadataSchema>;
    try {
      meta = metadataSchema.parse(JSON.parse(metadata.snapshot));
    } catch {
      throw damaged;
    }
    const elsewhere = trainedElsewhere(shownPath(this.path), meta.baseHash, base);
    if (elsewhere) {
      throw new UserError(
        `${elsewhere}: give that --bundle to go on, or begin anew with its run.json. Its samples and metrics stay; generate and align take its LoRA with --lora.`,
      );
    }
    const read = (name: string) => {
      const tensor = tensors.get(name);
      if (tensor?.shape.length !== 1 || tensor.shape[0] !== count) throw damaged;
      return readFloats(tensor.bytes, tensor.dtype, `${path}: tensor ${name}`);
    };
    const { steps, baseHash, device, ...rest } = meta;
    const state = {
      ...rest,
      parameters: read('parameters'),
      firstMoment: read('firstMoment'),
      secondMoment: read('secondMoment'),
      ...(tensors.has('old') ? { old: read('old') } : {}),
    };
    return { state, steps, baseHash, device };
  }
}
