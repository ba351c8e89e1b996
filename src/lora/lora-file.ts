/**
 * @file Reads LoRAs of a FLUX transformer as many programs write them (`dialects/`), as a .safetensors file or as PEFT's
 * folder in a zip.
 *
 * What is read means W + B·A, the file's own scale folded into B; so does what is written (`write.ts`). Inside a run the
 * weight is W + (alpha/rank)·B·A: `factorsFromFile` and `tensorsForFile` (`layout.ts`) go between the two.
 */
import { UserError } from '../errors';
import { parseJsonObject } from '../formats/json';
import { parseSafetensorsHeader } from '../formats/safetensors';
import { isZip, openZip } from '../formats/zip';
import { shown } from '../shown';
import { findAdapter, MAX_CONFIG_BYTES, MAX_WEIGHTS_BYTES, pickled } from './adapter-folder';
import { type LoraOrigin, readOrigin } from './lora-metadata';
import { parsePeftConfig } from './peft-config';
import { type RawPair, rawPairs } from './raw-pairs';
import { type Scale, scalesOf } from './scale';

/** One factor: `data` holds `shape` row by row. */
export interface LoraFactor {
  shape: [number, number];
  data: Float32Array;
}

/** The two factors of one linear: A [rank, in], B [out, rank]. */
export interface LoraPair {
  A: LoraFactor;
  B: LoraFactor;
}

/** Pairs by the linear's diffusers name, e.g. `transformer_blocks.0.attn.to_q`; all of one rank. */
export type LoraTensors = Map<string, LoraPair>;

/** A pair as the file holds it. */
export interface StoredPair extends Scale {
  linears: readonly string[];
  rank: number;
  /** Storage type of B. */
  dtype: string;
  /** Whose names it has. */
  dialect: string;
}

export interface LoraFile extends Partial<LoraOrigin> {
  /** The largest rank in the file; smaller pairs are padded with zeros. */
  rank: number;
  /** Always the rank: the weight is W + B·A. */
  alpha: number;
  tensors: LoraTensors;
  /** What the file itself says, before its scales were folded. */
  stored: StoredPair[];
  /** Sentences about what was passed over. */
  warnings: string[];
}

/** No weight of an update may become larger: a norm squares what it gets, in f32. */
const MAX_UPDATE = 1e18;
/** Numbers in all factors together, padded. */
const MAX_NUMBERS = 2 ** 29;

/**
 * Reads a LoRA: a .safetensors file of any dialect, or a zip of a PEFT folder; F32, F16 or BF16. The scale is that
 * of `scale.ts`.
 *
 * @param name what to call the file in a sentence
 * @param config adapter_config.json, where it lies beside the file
 * @throws UserError for whatever is no plain LoRA of a FLUX transformer with a scale that is known and finite
 */
export function readLora(bytes: Uint8Array<ArrayBuffer>, name: string, config: Uint8Array | null = null): LoraFile {
  if (isZip(bytes)) return readZip(bytes, name);
  if (isPickle(bytes)) throw pickled(name);
  const header = parseSafetensorsHeader(bytes, bytes.length, name);
  const { pairs, alphas, warnings } = rawPairs(header.tensors, bytes, name);
  const origin = readOrigin(header.metadata);
  const configs = [
    ...(config ? [configOf(config, name, 'adapter_config.json')] : []),
    ...embeddedConfig(header.metadata, name),
  ];
  if (configs.length + alphas.length === 0 && !origin.run && pairs.some(({ dialect }) => dialect.needsConfig)) {
    warnings.push(
      `${name} lies without its adapter_config.json: its alpha is unknown and taken as the rank (scale 1).`,
    );
  }
  const scales = scalesOf(pairs, alphas, configs, name);
  const rank = Math.max(...pairs.map(({ A }) => A.rows));
  refuseTooLarge(pairs, rank, name);
  const tensors: LoraTensors = new Map(pairs.flatMap((pair, i) => [...foldedPairs(pair, scales[i], rank, name)]));
  const stored = pairs.map(({ linears, dialect, A, B }, i) => ({
    ...scales[i],
    linears,
    rank: A.rows,
    dtype: B.dtype,
    dialect: dialect.label,
  }));
  return { rank, alpha: rank, tensors, stored, warnings, ...origin };
}

/** A LoRA and what to call it in a sentence. */
export interface NamedLora {
  file: LoraFile;
  name: string;
}

/**
 * A LoRA at another strength: same A, B times `strength`.
 * @throws UserError where that is too large to compute with
 */
export function atStrength({ file, name }: NamedLora, strength: number): NamedLora {
  if (strength === 1) return { file, name };
  const tensors: LoraTensors = new Map();
  for (const [linear, { A, B }] of file.tensors) {
    const pair = { A, B: { ...B, data: B.data.map((value) => value * strength) } };
    checkUpdate(pair, `${name}: strength ${strength} is too much for ${linear}`);
    tensors.set(linear, pair);
  }
  return { file: { ...file, tensors }, name };
}

function readZip(bytes: Uint8Array<ArrayBuffer>, name: string): LoraFile {
  const files = openZip(bytes, name);
  // What torch.save writes is a zip as well.
  if (files.some(({ path }) => /(^|\/)data\.pkl$/.test(path))) throw pickled(name);
  const { weights, config } = findAdapter(files, name);
  const json = config?.read(MAX_CONFIG_BYTES) ?? null;
  return readLora(weights.read(MAX_WEIGHTS_BYTES), name, json);
}

/** Python's pickle, protocols 2 to 5; a .safetensors file with these first bytes would name a header of petabytes. */
function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && bytes.subarray(4, 8).some((byte) => byte !== 0);
}

function configOf(json: Uint8Array | string, name: string, what: string) {
  return { config: parsePeftConfig(parseJsonObject(json, `${name}: ${what}`), `${name}: ${what}`), what };
}

/**
 * PEFT's LoraConfig in diffusers' metadata: keys with the component's name before them, as a pipeline saves them, or
 * without, as a transformer does by itself.
 */
function embeddedConfig(metadata: Record<string, string>, name: string) {
  const what = 'lora_adapter_metadata';
  const json = metadata[what];
  if (json === undefined || json.trim() === '' || json.trim() === 'null') return [];
  const values = Object.entries(parseJsonObject(json, `${name}: ${what}`));
  const ofTransformer = values.filter(([key]) => key.startsWith('transformer.'));
  const config = ofTransformer.length
    ? ofTransformer.map(([key, value]) => [key.slice('transformer.'.length), value])
    : values.filter(([key]) => !key.includes('.'));
  if (config.length === 0) return [];
  return [{ config: parsePeftConfig(Object.fromEntries(config), `${name}: ${what}`), what }];
}

function refuseTooLarge(pairs: readonly RawPair[], rank: number, name: string): void {
  const numbers = pairs.reduce((sum, { linears, A, B }) => sum + rank * (A.columns * linears.length + B.rows), 0);
  if (numbers > MAX_NUMBERS) {
    throw new UserError(`${name} takes ${numbers} numbers at rank ${rank}, expected at most ${MAX_NUMBERS}.`);
  }
}

/** The pair of each linear, padded to `rank` with zeros, B times the scale. */
function* foldedPairs(
  pair: RawPair,
  { alpha, scale }: Scale,
  rank: number,
  name: string,
): Iterable<[string, LoraPair]> {
  const { linears, swapHalves, A, B } = pair;
  const what = `${name}: the scale ${scale} (alpha ${alpha}, rank ${A.rows}) is too much for ${shown(pair.module)}`;
  const paddedA = new Float32Array(rank * A.columns);
  paddedA.set(A.values);
  const sizes = rowsOf(pair, name);
  let first = 0;
  for (const [i, linear] of linears.entries()) {
    const rows = sizes[i];
    const data = new Float32Array(rows * rank);
    for (let row = 0; row < rows; row++) {
      const from = (first + (swapHalves ? (row + rows / 2) % rows : row)) * B.columns;
      for (let column = 0; column < B.columns; column++) data[row * rank + column] = B.values[from + column] * scale;
    }
    const folded: LoraPair = { A: { shape: [rank, A.columns], data: paddedA }, B: { shape: [rows, rank], data } };
    checkUpdate(folded, what);
    yield [linear, folded];
    first += rows;
  }
}

/** Rows of B that each linear has: q, k and v are as wide as their input, an MLP has the rest. */
function rowsOf({ linears, swapHalves, module, A, B }: RawPair, name: string): number[] {
  const wrong = (expected: string) =>
    new UserError(`${name}: lora_B of ${shown(module)} has ${B.rows} rows, expected ${expected}.`);
  if (swapHalves && B.rows % 2 !== 0) throw wrong('two halves of one size');
  if (linears.length === 1) return [B.rows];
  if (linears.length === 3) {
    if (B.rows % 3 !== 0) throw wrong('query, key and value of one size');
    return linears.map(() => B.rows / 3);
  }
  const rest = B.rows - 3 * A.columns;
  if (rest <= 0) throw wrong(`more than ${3 * A.columns}: query, key, value and MLP`);
  return [A.columns, A.columns, A.columns, rest];
}

/** @throws UserError where a weight of B·A can become too large to compute with */
function checkUpdate({ A, B }: LoraPair, what: string): void {
  const [rank, columns] = A.shape;
  const largest = Array.from({ length: rank }, (_, k) => maxOf(A.data.subarray(k * columns, (k + 1) * columns)));
  for (let row = 0; row < B.shape[0]; row++) {
    let bound = 0;
    for (let k = 0; k < rank; k++) bound += Math.abs(B.data[row * rank + k]) * largest[k];
    if (!(bound <= MAX_UPDATE)) {
      throw new UserError(
        `${what}: the update of its weights reaches ${Number.isFinite(bound) ? bound.toExponential(1) : 'infinity'}, expected at most ${MAX_UPDATE}.`,
      );
    }
  }
}

function maxOf(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
