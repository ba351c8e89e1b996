/**
 * @file LoRAs as files: diffusers' .safetensors (keys `transformer.NAME.lora_A.weight` [rank, in] and
 * `.lora_B.weight` [out, rank]) and PEFT's folder, as a zip. NAME is the linear's name in diffusers' transformer.
 *
 * What is read means W + B·A, the file's own scale folded into B; so does what is written (`write.ts`). Inside a run the
 * weight is W + (alpha/rank)·B·A: `factorsFromFile` and `tensorsForFile` (`layout.ts`) go between the two.
 */
import { strFromU8, unzipSync } from 'fflate';
import { UserError } from '../errors';
import { isReadableFloat, READABLE_FLOATS, toFloat32 } from '../formats/dtypes';
import { parseSafetensorsHeader } from '../formats/safetensors';
import { type LoraOrigin, readOrigin } from './lora-metadata';

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

export interface LoraFile extends Partial<LoraOrigin> {
  /** The largest rank in the file; smaller pairs are padded with zeros. */
  rank: number;
  /** Always the rank: the weight is W + B·A. */
  alpha: number;
  tensors: LoraTensors;
}

/** Same A, B times `factor`: a LoRA at that strength. */
export function scaleB(tensors: LoraTensors, factor: number): LoraTensors {
  if (factor === 1) return tensors;
  return new Map(
    [...tensors].map(([name, { A, B }]) => [name, { A, B: { ...B, data: B.data.map((value) => value * factor) } }]),
  );
}

/**
 * Reads a LoRA: diffusers' or PEFT's .safetensors, or a zip of a PEFT folder; f32, f16 or bf16. The scale is
 * taken from `.alpha` tensors, else from `lora_adapter_metadata` or adapter_config.json, else alpha = rank.
 *
 * @param name what to call the file in a sentence
 * @throws UserError for a file without LoRA tensors, half a pair, ranks that differ within a pair, values that are
 *   not finite, and LoRAs of another kind
 */
export function readLora(bytes: Uint8Array<ArrayBuffer>, name: string): LoraFile {
  const { weights, config: zipConfig } = isZip(bytes) ? openZip(bytes, name) : { weights: bytes, config: undefined };
  const header = parseSafetensorsHeader(weights, weights.length, name);
  const config = zipConfig ?? embeddedConfig(header.metadata, name);
  if (config.use_dora === true) throw new UserError(`${name} is a DoRA LoRA, expected LoRA.`);

  const halves = new Map<string, { A?: Matrix; B?: Matrix }>();
  const alphas = new Map<string, number>();
  const unknown: string[] = [];
  for (const { name: key, dtype, shape, begin, end } of header.tensors) {
    const values = () => finite(toFloat32(weights.subarray(begin, end), dtype), key, name);
    const part = PART_OF_PAIR.exec(key);
    const alphaOf = /^(.+)\.alpha$/.exec(key)?.[1];
    if (part) {
      const [, rawLinear, half] = part;
      if (shape.length !== 2 || shape.includes(0)) {
        throw new UserError(`${name}: tensor ${key} has shape [${shape.join(', ')}], expected two sizes above 0.`);
      }
      if (!isReadableFloat(dtype)) {
        throw new UserError(`${name}: tensor ${key} is ${dtype}, expected ${READABLE_FLOATS}.`);
      }
      const linear = linearName(rawLinear);
      const pair = halves.get(linear) ?? {};
      if (pair[half as 'A' | 'B']) throw new UserError(`${name} names lora_${half} of ${linear} twice.`);
      halves.set(linear, { ...pair, [half]: { rows: shape[0], columns: shape[1], values: values() } });
    } else if (alphaOf !== undefined && values().length === 1) {
      alphas.set(linearName(alphaOf), values()[0]);
    } else {
      unknown.push(key);
    }
  }
  if (halves.size === 0) {
    throw new UserError(`${name} has no LoRA tensors, expected names such as transformer.NAME.lora_A.weight.`);
  }
  if (unknown.length > 0) {
    throw new UserError(
      `${name}: tensor ${unknown[0]} is not part of a LoRA of the transformer, expected lora_A.weight and lora_B.weight only.`,
    );
  }

  const pairs = new Map([...halves].map(([linear, { A, B }]) => [linear, joinPair(linear, A, B, name)]));
  const rank = Math.max(...[...pairs.values()].map(({ A }) => A.rows));
  const tensors: LoraTensors = new Map();
  for (const [linear, { A, B }] of pairs) {
    const alpha = alphas.get(linear) ?? configuredAlpha(config, linear) ?? A.rows;
    const scale = alpha / (config.use_rslora === true ? Math.sqrt(A.rows) : A.rows);
    tensors.set(linear, toPair(A, B, rank, scale));
  }
  return { rank, alpha: rank, tensors, ...readOrigin(header.metadata) };
}

interface Matrix {
  rows: number;
  columns: number;
  values: Float32Array;
}

/** `X.lora_A.weight`, and with PEFT's LoRA name, `X.lora_A.default.weight`. */
const PART_OF_PAIR = /^(.+)\.lora_([AB])(?:\.\w+)?\.weight$/;

/** The linear's name without the prefixes of PEFT and of diffusers' pipelines. */
function linearName(key: string): string {
  return key.replace(/^base_model\.model\./, '').replace(/^transformer\./, '');
}

function joinPair(linear: string, A: Matrix | undefined, B: Matrix | undefined, name: string) {
  if (!A || !B)
    throw new UserError(
      `${name}: ${linear} has lora_${A ? 'A' : 'B'}.weight, expected lora_${A ? 'B' : 'A'}.weight too.`,
    );
  if (A.rows !== B.columns) {
    throw new UserError(
      `${name}: lora_A of ${linear} has rank ${A.rows} and lora_B has rank ${B.columns}, expected the same.`,
    );
  }
  return { A, B };
}

/** Pads a pair to `rank` with zeros and multiplies B by `scale`. */
function toPair(A: Matrix, B: Matrix, rank: number, scale: number): LoraPair {
  const paddedA = new Float32Array(rank * A.columns);
  paddedA.set(A.values);
  const paddedB = new Float32Array(B.rows * rank);
  for (let row = 0; row < B.rows; row++) {
    for (let column = 0; column < B.columns; column++) {
      paddedB[row * rank + column] = B.values[row * B.columns + column] * scale;
    }
  }
  return { A: { shape: [rank, A.columns], data: paddedA }, B: { shape: [B.rows, rank], data: paddedB } };
}

/**
 * PEFT's LoraConfig in diffusers' metadata: keys with the component's name before them, as a pipeline saves them, or
 * without, as a transformer does by itself.
 */
function embeddedConfig(metadata: Record<string, string>, name: string): Record<string, unknown> {
  if (metadata.lora_adapter_metadata === undefined) return {};
  const config = parseObject(metadata.lora_adapter_metadata, `${name}: lora_adapter_metadata`);
  const entries = Object.entries(config).map(([key, value]) => [key.replace(/^transformer\./, ''), value] as const);
  return Object.fromEntries(entries.filter(([key]) => !key.includes('.')));
}

/** alpha as PEFT decides it: the first `alpha_pattern` that matches the end of the name, else `lora_alpha`. */
function configuredAlpha(config: Record<string, unknown>, linear: string): number | undefined {
  const patterns = typeof config.alpha_pattern === 'object' ? (config.alpha_pattern ?? {}) : {};
  for (const [pattern, alpha] of Object.entries(patterns)) {
    if (typeof alpha === 'number' && matchesEnd(pattern, linear)) return alpha;
  }
  return typeof config.lora_alpha === 'number' ? config.lora_alpha : undefined;
}

function matchesEnd(pattern: string, linear: string): boolean {
  try {
    return new RegExp(`^(?:.*\\.)?(?:${pattern})$`).test(linear);
  } catch {
    return false;
  }
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

function openZip(
  bytes: Uint8Array,
  name: string,
): { weights: Uint8Array<ArrayBuffer>; config: Record<string, unknown> } {
  const wanted = /(^|\/)adapter_(config\.json|model\.safetensors)$/;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter: (file) => wanted.test(file.name) });
  } catch {
    throw new UserError(`${name} is a damaged zip file.`);
  }
  const find = (end: string) => Object.entries(files).find(([path]) => path.endsWith(end))?.[1];
  const weights = find('adapter_model.safetensors');
  const config = find('adapter_config.json');
  if (!weights || !config) {
    throw new UserError(`${name} is no PEFT folder: expected adapter_config.json and adapter_model.safetensors in it.`);
  }
  return { weights: weights.slice(), config: parseObject(strFromU8(config), `${name}: adapter_config.json`) };
}

function parseObject(json: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UserError(`${what} is not valid JSON.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${what} is not a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function finite(values: Float32Array, key: string, name: string): Float32Array {
  if (!values.every(Number.isFinite)) throw new UserError(`${name}: tensor ${key} holds values that are not finite.`);
  return values;
}
