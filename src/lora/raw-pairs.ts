/**
 * @file The pairs of a LoRA file as they are stored: each tensor's name is read by the dialect that knows it, halves find
 * each other, and whatever else lies in the file is named for what it is.
 */
import { UserError } from '../errors';
import { type Dtype, isReadableFloat, readFloats, toFloat32 } from '../formats/dtypes';
import type { TensorInfo } from '../formats/tensor';
import type { Architecture } from '../models/flux-names';
import { shown } from '../shown';
import { architectureOf } from './architecture';
import { DIALECTS } from './dialects';
import type { Dialect, LoraKey } from './dialects/dialect';
import { isOfTextEncoder, looksLikeLora, otherKind, otherModel } from './other-kinds';

/** A stored matrix: `values` row by row. */
export interface Matrix {
  /** The tensor's name. */
  key: string;
  dtype: Dtype;
  rows: number;
  columns: number;
  values: Float32Array;
}

/** Both factors as the file holds them, before any scale: A [rank, in], B [rows of all its linears, rank]. */
export interface RawPair extends Pick<LoraKey, 'linears' | 'swapHalves' | 'module'> {
  dialect: Dialect;
  A: Matrix;
  B: Matrix;
}

/** The value of an `.alpha` tensor. */
export interface RawAlpha extends Pick<LoraKey, 'linears' | 'module'> {
  key: string;
  value: number;
}

export interface RawLora {
  /** In the order of the file. */
  pairs: RawPair[];
  alphas: RawAlpha[];
  warnings: string[];
}

/** What dialects there are, where a name is of none. */
const EXPECTED = 'expected names such as transformer.NAME.lora_A.weight';

/**
 * @param tensors of the header
 * @param weights the whole file
 * @throws UserError for a file without a LoRA of the transformer, half a pair, ranks that differ within a pair, a type or
 *   a shape that is none of a LoRA, values that are not finite, and tensors of other methods
 */
export function rawPairs(tensors: readonly TensorInfo[], weights: Uint8Array<ArrayBuffer>, name: string): RawLora {
  const halves = new Map<string, Half>();
  const alphas = new Map<string, RawAlpha>();
  const ofText: string[] = [];
  const strange: string[] = [];
  const architecture = architectureOf(tensors);
  for (const { name: key, dtype, shape, begin, end } of tensors) {
    const bytes = () => weights.subarray(begin, end);
    const found = isOfTextEncoder(key) ? undefined : read(key, architecture);
    if (!found) {
      if (isOfTextEncoder(key)) ofText.push(key);
      else if (!isWithoutEffect(key, dtype, bytes())) strange.push(key);
      continue;
    }
    const { dialect, part, linears, swapHalves, module, adapter } = found;
    const id = linears.join();
    if (part === 'alpha') {
      const before = alphas.get(id);
      if (before)
        throw new UserError(`${name} holds two alphas of ${shown(module)}: ${shown(before.key)}, ${shown(key)}.`);
      alphas.set(id, { key, linears, module, value: alphaOf(bytes(), dtype, shape, `${name}: tensor ${shown(key)}`) });
      continue;
    }
    const half = halves.get(id) ?? { dialect, linears, swapHalves, module, adapter, name };
    halves.set(id, half);
    const before = half[part];
    if (before)
      throw new UserError(`${name} names lora_${part} of ${linears[0]} twice: ${shown(before.key)} and ${shown(key)}.`);
    half[part] = matrixOf(key, dtype, shape, bytes(), name);
  }
  refuseStrange(strange, halves.size > 0, ofText, tensors, name);
  const pairs = [...halves.values()].map(join);
  refuseSeveral([...halves.values()], name);
  const warnings =
    ofText.length === 0
      ? []
      : [`${name} adapts a text encoder too (${shown(ofText[0])}); only its LoRA of the transformer is used.`];
  return { pairs, alphas: [...alphas.values()], warnings };
}

interface Half extends Pick<LoraKey, 'linears' | 'swapHalves' | 'module' | 'adapter'> {
  dialect: Dialect;
  /** The file's. */
  name: string;
  A?: Matrix;
  B?: Matrix;
}

function read(key: string, architecture: Architecture): (LoraKey & { dialect: Dialect }) | undefined {
  for (const dialect of DIALECTS) {
    const found = dialect.read(key, architecture);
    if (found) return { ...found, dialect };
  }
  return undefined;
}

function alphaOf(bytes: Uint8Array, dtype: Dtype, shape: number[], what: string): number {
  const values = readFloats(bytes, dtype, what);
  if (values.length !== 1) throw new UserError(`${what} has shape [${shape.join(', ')}], expected one number.`);
  return dtype === 'F64' ? new Float64Array(bytes.slice().buffer)[0] : values[0];
}

/** Storage types of factors. Eight bits are too few to train on from, and a wider type than f32 would be cut. */
const isStoredFactor = (dtype: Dtype): boolean => dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';

function matrixOf(key: string, dtype: Dtype, shape: number[], bytes: Uint8Array, name: string): Matrix {
  const what = `${name}: tensor ${shown(key)}`;
  if (shape.length !== 2 || shape.includes(0)) {
    const convolution = shape.length > 2 ? '; LoRAs of convolutions are not read' : '';
    throw new UserError(`${what} has shape [${shape.join(', ')}], expected two sizes above 0${convolution}.`);
  }
  if (!isStoredFactor(dtype)) {
    throw new UserError(`${what} is ${dtype}, expected F32, F16 or BF16: save the file again in one of them.`);
  }
  return { key, dtype, rows: shape[0], columns: shape[1], values: readFloats(bytes, dtype, what) };
}

function join({ A, B, name, adapter: _, ...rest }: Half): RawPair {
  const linear = rest.linears.length === 1 ? rest.linears[0] : rest.module;
  if (!A || !B) {
    const [there, missing] = A ? ['A', 'B'] : ['B', 'A'];
    const key = shown((A ?? B)!.key);
    throw new UserError(
      `${name}: ${shown(linear)} has lora_${there}.weight, expected lora_${missing}.weight too (it has only ${key}).`,
    );
  }
  if (A.rows !== B.columns) {
    throw new UserError(
      `${name}: lora_A of ${shown(linear)} has rank ${A.rows} and lora_B has rank ${B.columns}, expected the same.`,
    );
  }
  return { ...rest, A, B };
}

/** Two adapters of PEFT in one file, or one linear adapted by two names. */
function refuseSeveral(halves: readonly Half[], name: string): void {
  const adapters = [...new Set(halves.flatMap(({ adapter }) => adapter ?? []))];
  if (adapters.length > 1) {
    throw new UserError(
      `${name} holds several adapters (${adapters
        .slice(0, 3)
        .map((a) => shown(a))
        .join(', ')}), expected one.`,
    );
  }
  const seen = new Map<string, Half>();
  for (const half of halves) {
    for (const linear of half.linears) {
      const before = seen.get(linear);
      if (before)
        throw new UserError(`${name} adapts ${linear} twice: as ${shown(before.module)} and ${shown(half.module)}.`);
      seen.set(linear, half);
    }
  }
}

/** Biases and differences that are all zero, which some trainers save. */
function isWithoutEffect(key: string, dtype: Dtype, bytes: Uint8Array): boolean {
  return otherKind(key)?.additive === true && isReadableFloat(dtype) && toFloat32(bytes, dtype).every((v) => v === 0);
}

function refuseStrange(
  strange: readonly string[],
  hasPairs: boolean,
  ofText: readonly string[],
  tensors: readonly TensorInfo[],
  name: string,
): void {
  const other = strange.find((key) => otherKind(key) && (hasPairs || !/norm/.test(key) || looksLikeLora(key)));
  if (other) {
    throw new UserError(
      `${name}: tensor ${shown(other)} is part of ${otherKind(other)!.what}, which is not read; expected a plain LoRA.`,
    );
  }
  const foreign = strange.find(looksLikeLora);
  if (foreign) {
    const model = otherModel(foreign);
    throw new UserError(
      `${name}: tensor ${shown(foreign)} adapts no linear of a FLUX transformer${model ? `: it is of ${model}` : ''}; ${EXPECTED}, or those of kohya, ComfyUI, XLabs, PEFT.`,
    );
  }
  if (hasPairs && strange.length > 0) {
    throw new UserError(
      `${name}: tensor ${shown(strange[0])} is not part of a LoRA of the transformer, expected lora_A.weight and lora_B.weight only.`,
    );
  }
  if (hasPairs) return;
  if (ofText.length > 0) {
    throw new UserError(
      `${name} holds a LoRA of a text encoder only (${shown(ofText[0])}), expected one of the transformer.`,
    );
  }
  const first = tensors.length > 0 ? ` (its first tensor is ${shown(tensors[0].name)})` : '';
  throw new UserError(`${name} has no LoRA tensors${first}, ${EXPECTED}.`);
}
