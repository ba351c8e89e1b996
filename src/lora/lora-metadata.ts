/**
 * @file The strings kept in an exported LoRA's `__metadata__`: what diffusers and PEFT need to load it
 * (`lora_adapter_metadata`), what file managers show (`modelspec.*`, `ss_*`), and what reopens it as a project
 * (`run_file`, `base_sha256`). Nothing in it holds a clock time: the same run gives the same bytes.
 */
import * as z from 'zod/mini';
import { type WordChange, withoutHistory, wordsInForce } from '../formats/control-words';
import { canonicalJson, type RunFile } from '../formats/run-file';
import { parseRunFile } from '../methods/run-file';
import { isFlux2Lora } from '../models/flux-names';

/** Where an exported LoRA comes from. */
export interface LoraOrigin {
  run: RunFile;
  /** sha256 of the base's transformer weights (`bundleHash`). */
  baseHash: string;
  /** Updates done. */
  step: number;
  /** Control words that took the place of the run file's, in the order of their steps; none where it is absent. */
  wordChanges?: readonly WordChange[];
}

/** The LoraConfig of PEFT for exactly these linears, with alpha = rank. */
export function peftConfig(linears: string[], rank: number): Record<string, unknown> {
  return {
    alpha_pattern: {},
    bias: 'none',
    lora_alpha: rank,
    lora_bias: false,
    lora_dropout: 0,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    target_modules: [...linears].sort(),
    use_dora: false,
    use_rslora: false,
  };
}

/** Metadata that names where a LoRA of this rank and these linears comes from, as far as it is known; all values are strings. */
export function originMetadata({
  rank,
  run,
  baseHash,
  step,
  wordChanges = [],
  tensors,
}: Partial<LoraOrigin> & { rank: number; tensors: ReadonlyMap<string, unknown> }): Record<string, string> {
  return {
    format: 'pt',
    ...(baseHash === undefined ? {} : { base_sha256: baseHash }),
    ...(step === undefined ? {} : { ss_steps: String(step) }),
    ...(run ? runMetadata(run, rank, step ?? 0, wordChanges, isFlux2Lora(tensors.keys()) ? 'flux2' : 'flux') : {}),
  };
}

function runMetadata(
  run: RunFile,
  rank: number,
  step: number,
  wordChanges: readonly WordChange[],
  kind: string,
): Record<string, string> {
  const { positive, negative } = wordsInForce(run, wordChanges);
  return {
    run_file: canonicalJson(run),
    'modelspec.sai_model_spec': '1.0.1',
    'modelspec.architecture': `${kind}/lora`,
    'modelspec.implementation': 'diffusers',
    'modelspec.title': `${run.bundle} aligned to ${positive.join(', ')}`,
    'modelspec.description': `${run.method}, ${step} updates, against ${negative.join(', ')}`,
    ss_base_model_version: kind,
    ss_sd_model_name: run.bundle,
    ss_network_module: 'networks.lora',
    // The scale is folded into B: alpha is the rank, whatever the run's alpha was.
    ss_network_dim: String(rank),
    ss_network_alpha: String(rank),
    ss_optimizer: 'AdamW',
    ss_learning_rate: String(run.optimizer.learningRate),
    ss_max_grad_norm: String(run.optimizer.clipNorm),
    ss_total_batch_size: String(run.batch),
    ss_seed: String(run.seed),
    ss_max_train_steps: String(run.steps),
    ...(wordChanges.length > 0 ? { ss_word_changes: canonicalJson(wordChanges) } : {}),
  };
}

/** `lora_adapter_metadata` as diffusers writes it: JSON whose keys carry the component's name. */
export function diffusersMetadata(linears: string[], rank: number): string {
  const config = Object.entries(peftConfig(linears, rank)).map(([key, value]) => [`transformer.${key}`, value]);
  return JSON.stringify(Object.fromEntries(config), null, 2);
}

/** Reads what `originMetadata` wrote; whatever is absent or not ours stays undefined. */
export function readOrigin(metadata: Record<string, string>): Partial<LoraOrigin> {
  const step = Number(metadata.ss_steps ?? Number.NaN);
  const told = metadata.run_file === undefined ? undefined : readRun(metadata.run_file);
  const { run, changes } = told ? withoutHistory(told) : { run: undefined, changes: [] };
  return {
    run,
    baseHash: /^[0-9a-f]{64}$/.test(metadata.base_sha256 ?? '') ? metadata.base_sha256 : undefined,
    step: Number.isInteger(step) && step >= 0 ? step : undefined,
    ...(changes.length > 0 ? { wordChanges: changes } : {}),
    ...readWordChanges(metadata.ss_word_changes),
  };
}

/** A LoRA draws as well without the run that made it, so a run file we cannot read is passed over. */
function readRun(json: string): RunFile | undefined {
  try {
    return parseRunFile(json);
  } catch {
    return undefined;
  }
}

const changes = z.array(
  z.object({
    step: z.number().check(z.nonnegative()),
    positive: z.array(z.string()).check(z.minLength(1)),
    negative: z.array(z.string()).check(z.minLength(1)),
  }),
);

/** What is not ours is passed over here too. */
function readWordChanges(json: string | undefined): Pick<LoraOrigin, 'wordChanges'> {
  if (json === undefined) return {};
  try {
    return { wordChanges: changes.parse(JSON.parse(json)) };
  } catch {
    return {};
  }
}
