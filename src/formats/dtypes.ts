/**
 * @file The storage types of .safetensors: their sizes, their values as f32, and whether all of those are finite.
 */
import { UserError } from '../errors';

interface StorageType {
  bits: number;
  /** Elements are real numbers, not integers or truth values, and `values` reads them. */
  real?: true;
  /** The f32 of each element, where it has one: exact, but F64 and wide integers are rounded. */
  values?(buffer: ArrayBuffer): Float32Array<ArrayBuffer>;
}

/** All storage types of the format, a row each. */
const TYPES = {
  F32: { bits: 32, real: true, values: (buffer) => new Float32Array(buffer) },
  F16: { bits: 16, real: true, values: (buffer) => lookUp(new Uint16Array(buffer), halves()) },
  BF16: {
    bits: 16,
    real: true,
    values: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
  },
  F64: { bits: 64, real: true, values: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  F8_E4M3: { bits: 8, real: true, values: (buffer) => lookUp(new Uint8Array(buffer), e4m3()) },
  F8_E5M2: { bits: 8, real: true, values: (buffer) => lookUp(new Uint8Array(buffer), e5m2()) },
  BOOL: { bits: 8, values: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
  U8: { bits: 8, values: (buffer) => Float32Array.from(new Uint8Array(buffer)) },
  I8: { bits: 8, values: (buffer) => Float32Array.from(new Int8Array(buffer)) },
  U16: { bits: 16, values: (buffer) => Float32Array.from(new Uint16Array(buffer)) },
  I16: { bits: 16, values: (buffer) => Float32Array.from(new Int16Array(buffer)) },
  U32: { bits: 32, values: (buffer) => Float32Array.from(new Uint32Array(buffer)) },
  I32: { bits: 32, values: (buffer) => Float32Array.from(new Int32Array(buffer)) },
  U64: { bits: 64, values: (buffer) => Float32Array.from(new BigUint64Array(buffer), Number) },
  I64: { bits: 64, values: (buffer) => Float32Array.from(new BigInt64Array(buffer), Number) },
  F4: { bits: 4 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F8_E8M0: { bits: 8 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  C64: { bits: 64 },
} satisfies Record<string, StorageType>;

export type Dtype = keyof typeof TYPES;

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(TYPES, name);
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

const FLOATS = Object.keys(TYPES).filter((dtype) => isReadableFloat(dtype as Dtype));

/** The types as a sentence expects them: `F32, F16, BF16, F64, F8_E4M3 or F8_E5M2`. */
export const READABLE_FLOATS = `${FLOATS.slice(0, -1).join(', ')} or ${FLOATS.at(-1)}`;

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
 * Checks weights as they are stored, without converting them.
 * @throws UserError naming the first element that is not finite
 */
export function requireFinite(bytes: Uint8Array, dtype: 'F32' | 'F16' | 'BF16', what: string): void {
  const at = firstNotFinite(bytes, dtype);
  if (at === undefined) return;
  const size = bytesOf(dtype, 1);
  throw notFinite(what, toFloat32(bytes.subarray(at * size, (at + 1) * size), dtype)[0], at);
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

function lookUp(patterns: Uint8Array | Uint16Array, table: Float32Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) values[i] = table[patterns[i]];
  return values;
}

/** The f32 value of each bit pattern of a small float with a sign, made when it is first wanted. */
function tableOf(exponentBits: number, fractionBits: number, special: (fraction: number, exponent: number) => number) {
  let table: Float32Array | undefined;
  return () => {
    table ??= Float32Array.from({ length: 2 ** (1 + exponentBits + fractionBits) }, (_, bits) => {
      const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
      const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
      const fraction = bits & (2 ** fractionBits - 1);
      return sign * special(fraction, exponent);
    });
    return table;
  };
}

function finite(exponentBits: number, fractionBits: number) {
  const least = 2 - 2 ** (exponentBits - 1);
  return (fraction: number, exponent: number) =>
    exponent === 0
      ? fraction * 2 ** (least - fractionBits)
      : (1 + fraction * 2 ** -fractionBits) * 2 ** (least + exponent - 1);
}

/** IEEE 754: the largest exponent is that of infinity and NaN. */
function ieee(exponentBits: number, fractionBits: number) {
  const value = finite(exponentBits, fractionBits);
  return tableOf(exponentBits, fractionBits, (fraction, exponent) => {
    if (exponent < 2 ** exponentBits - 1) return value(fraction, exponent);
    return fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  });
}

const halves = ieee(5, 10);
const e5m2 = ieee(5, 2);
/** "FN": no infinity, and NaN only where all bits but the sign are set; the largest value is 448. */
const e4m3 = tableOf(4, 3, (fraction, exponent) =>
  exponent === 15 && fraction === 7 ? Number.NaN : finite(4, 3)(fraction, exponent),
);
