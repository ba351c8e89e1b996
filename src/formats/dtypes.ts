/**
 * @file The storage types of .safetensors and GGUF: their sizes, their values as f32, and whether all of those are finite.
 */
import { UserError } from '../errors';
import { type Blocks, decode } from './quants/blocks';
import { QUANTS, type Quant } from './quants/index';
import { e4m3, e5m2, halves } from './small-floats';

interface StorageType {
  /** Bits of an element; of a type of blocks a block's bits by its elements. */
  bits: number;
  /** Elements are real numbers, not integers or truth values, and `values` reads them. */
  real?: true;
  /** Weights of a base may be stored so. */
  weight?: true;
  /** Its number in GGUF; absent where that format has no such type. */
  gguf?: number;
  /** Elements share scales in blocks along a row; the type has no name in .safetensors. */
  blocks?: Blocks;
  /** How weights of that type are laid out for a shader, where not as they are. */
  quant?: Quant;
  /** The f32 of each element, where it has one: exact, but F64 and wide integers are rounded. */
  values?(buffer: ArrayBuffer): Float32Array<ArrayBuffer>;
}

const ofBlocks = (gguf: number, name: Quant) => {
  const blocks: Blocks = QUANTS[name];
  return {
    bits: (8 * blocks.bytes) / blocks.weights,
    real: true as const,
    weight: true as const,
    gguf,
    blocks,
    quant: name,
    values: (buffer: ArrayBuffer) => decode(blocks, new Uint8Array(buffer)),
  };
};

/** All storage types of the formats, a row each. */
const TYPES = {
  F32: { bits: 32, real: true, weight: true, gguf: 0, values: (buffer) => new Float32Array(buffer) },
  F16: {
    ...{ bits: 16, real: true, weight: true, gguf: 1 },
    values: (buffer) => lookUp(new Uint16Array(buffer), halves()),
  },
  BF16: {
    ...{ bits: 16, real: true, weight: true, gguf: 30 },
    values: (buffer) => widened(new Uint16Array(buffer)),
  },
  F64: { bits: 64, real: true, gguf: 28, values: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  F8_E4M3: {
    ...{ bits: 8, real: true, weight: true, quant: 'f8_e4m3' },
    values: (buffer) => lookUp(new Uint8Array(buffer), e4m3()),
  },
  F8_E5M2: { bits: 8, real: true, values: (buffer) => lookUp(new Uint8Array(buffer), e5m2()) },
  Q8_0: ofBlocks(8, 'q8_0'),
  Q4_0: ofBlocks(2, 'q4_0'),
  Q4_1: ofBlocks(3, 'q4_1'),
  Q5_0: ofBlocks(6, 'q5_0'),
  Q5_1: ofBlocks(7, 'q5_1'),
  Q4_K: ofBlocks(12, 'q4_k'),
  Q5_K: ofBlocks(13, 'q5_k'),
  Q6_K: ofBlocks(14, 'q6_k'),
  BOOL: { bits: 8, values: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
  U8: { bits: 8, values: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
  I8: { bits: 8, gguf: 24, values: (buffer) => Float32Array.from(new Int8Array(buffer)) },
  U16: { bits: 16, values: (buffer) => Float32Array.from(new Uint16Array(buffer)) },
  I16: { bits: 16, gguf: 25, values: (buffer) => Float32Array.from(new Int16Array(buffer)) },
  U32: { bits: 32, values: (buffer) => Float32Array.from(new Uint32Array(buffer)) },
  I32: { bits: 32, gguf: 26, values: (buffer) => Float32Array.from(new Int32Array(buffer)) },
  U64: { bits: 64, values: (buffer) => Float32Array.from(new BigUint64Array(buffer), Number) },
  I64: { bits: 64, gguf: 27, values: (buffer) => Float32Array.from(new BigInt64Array(buffer), Number) },
  F4: { bits: 4 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F8_E8M0: { bits: 8 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  C64: { bits: 64 },
} satisfies Record<string, StorageType>;

export type Dtype = keyof typeof TYPES;

/** Whether .safetensors has a type of that name. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(TYPES, name) && typeOf(name as Dtype).blocks === undefined;
}

const BY_GGUF = new Map(
  Object.entries<StorageType>(TYPES).flatMap(([dtype, { gguf }]) =>
    gguf === undefined ? [] : [[gguf, dtype as Dtype]],
  ),
);

/** The type with that number in GGUF, where there is one that is read. */
export function ggufDtype(number: number): Dtype | undefined {
  return BY_GGUF.get(number);
}

/** Elements of a block: rows are made of whole ones. 1 where elements stand alone. */
export function blockOf(dtype: Dtype): number {
  return typeOf(dtype).blocks?.weights ?? 1;
}

/** The type as shaders know it, where they read planes of it and not its bytes as they are. */
export function quantOf(dtype: Dtype): Quant | undefined {
  return typeOf(dtype).quant;
}

/** How weights of the type are split into planes for a shader; undefined where their bytes are read as they are. */
export function planesOfType(dtype: Dtype): Blocks | undefined {
  const quant = quantOf(dtype);
  return quant && QUANTS[quant];
}

/** Bytes that so many elements take; they may end inside a byte for types below 8 bits, which no file may do. */
export function bytesOf(dtype: Dtype, elements: number): number {
  return (elements * TYPES[dtype].bits) / 8;
}

const typeOf = (dtype: Dtype): StorageType => TYPES[dtype];

/** Whether elements are real numbers that `toFloat32` reads; integers it reads too, where a caller wants them. */
export function isReadableFloat(dtype: Dtype): boolean {
  return typeOf(dtype).real === true;
}

const NAMES = Object.keys(TYPES) as Dtype[];
/** As a sentence expects them: `F32, F16 or BF16`. */
export const listDtypes = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** The types of .safetensors as a sentence expects them: `F32, F16, BF16, F64, F8_E4M3 or F8_E5M2`. */
export const READABLE_FLOATS = listDtypes(NAMES.filter((dtype) => isReadableFloat(dtype) && isDtype(dtype)));

/** Storage types that weights of a base may have. */
export type WeightDtype = {
  [Name in Dtype]: (typeof TYPES)[Name] extends { weight: true } ? Name : never;
}[Dtype];

export function isWeightDtype(dtype: Dtype): dtype is WeightDtype {
  return typeOf(dtype).weight === true;
}

/** As a sentence expects them. */
export const WEIGHT_DTYPES = listDtypes(NAMES.filter(isWeightDtype));

/**
 * The values of a tensor's bytes as f32; always a new array. Exact, but for F64 and integers beyond 2²⁴, which are
 * rounded to the nearest. Values need not be finite: `readFloats` wants them so.
 *
 * @param what the tensor in a sentence: `a.safetensors: tensor w`
 * @throws UserError for a type without such values
 */
export function toFloat32(bytes: Uint8Array, dtype: Dtype, what = 'A tensor'): Float32Array<ArrayBuffer> {
  const { values } = typeOf(dtype);
  if (!values) throw new UserError(`${what} is ${dtype}, expected ${READABLE_FLOATS}.`);
  return values(bytes.slice().buffer);
}

/**
 * As `toFloat32`, for values that are to be used.
 * @throws UserError naming the first that is not finite in f32 as well
 */
export function readFloats(bytes: Uint8Array, dtype: Dtype, what: string): Float32Array<ArrayBuffer> {
  const values = toFloat32(bytes, dtype, what);
  const at = firstNotFinite(new Uint8Array(values.buffer), 'F32');
  if (at === undefined) return values;
  const value = dtype === 'F64' ? new Float64Array(bytes.slice().buffer)[at] : values[at];
  if (Number.isFinite(value)) throw new UserError(`${what} holds ${value} at element ${at}, too large for f32.`);
  throw notFinite(what, value, at);
}

/**
 * f32 values as a type of blocks, as the `gguf` package encodes them: Q8_0 or Q4_0.
 *
 * @param values whole blocks of finite numbers
 * @throws UserError for a value whose scale is too large for f16
 */
export function quantise(values: Float32Array, dtype: 'Q8_0' | 'Q4_0', what: string): Uint8Array<ArrayBuffer> {
  const { weights, bytes, encode } = TYPES[dtype].blocks;
  const file = new Uint8Array((values.length / weights) * bytes);
  for (let block = 0; block * weights < values.length; block++) {
    if (encode?.(values, block * weights, file, block * bytes)) continue;
    throw new UserError(`${what} holds weights too large for ${dtype}, in its block ${block}.`);
  }
  return file;
}

/**
 * Checks weights as they are stored, without converting them.
 * @throws UserError naming the first element that is not finite
 */
export function requireFinite(bytes: Uint8Array, dtype: WeightDtype, what: string): void {
  const { blocks } = typeOf(dtype);
  if (blocks) {
    requireFiniteScales(bytes, blocks, what);
    return;
  }
  const at = dtype === 'F8_E4M3' ? firstNaN(bytes) : firstNotFinite(bytes, dtype as keyof typeof EXPONENTS);
  if (at === undefined) return;
  const size = bytesOf(dtype, 1);
  throw notFinite(what, toFloat32(bytes.subarray(at * size, (at + 1) * size), dtype)[0], at);
}

/** All values of a block are finite where its scales are. */
function requireFiniteScales(bytes: Uint8Array, blocks: Blocks, what: string): void {
  for (let at = 0; at < bytes.length; at += blocks.bytes) {
    for (const offset of blocks.halves) {
      if ((bytes[at + offset + 1] & 0x7c) !== 0x7c) continue;
      throw new UserError(
        `${what} has a scale that is not finite, in its block ${at / blocks.bytes}: the file is damaged.`,
      );
    }
  }
}

function firstNaN(bytes: Uint8Array): number | undefined {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] & 0x7f) === 0x7f) return i;
  return undefined;
}

function notFinite(what: string, value: number, at: number): UserError {
  return new UserError(`${what} holds a value that is not finite (${value} at element ${at}): the file is damaged.`);
}

/** The bits of the exponent: where all of them are set, the value is infinite or not a number. */
const EXPONENTS = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 } as const;

/** Index of the first element that is not finite. Two halves are looked at at a time. */
function firstNotFinite(bytes: Uint8Array, dtype: keyof typeof EXPONENTS): number | undefined {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const low = EXPONENTS[dtype];
  if (dtype === 'F32') {
    for (let i = 0; i < words.length; i++) if ((words[i] & low) === low) return i;
    return undefined;
  }
  const high = low << 16;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if ((word & low) === low) return 2 * i;
    if ((word & high) === high) return 2 * i + 1;
  }
  if (aligned.length % 4 !== 2) return undefined;
  const last = aligned[aligned.length - 2] | (aligned[aligned.length - 1] << 8);
  return (last & low) === low ? 2 * words.length : undefined;
}

/** bf16 is the upper half of an f32. */
function widened(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

function lookUp(patterns: Uint8Array | Uint16Array, table: Float32Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) values[i] = table[patterns[i]];
  return values;
}
