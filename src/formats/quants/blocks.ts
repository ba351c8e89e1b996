/**
 * @file What a storage type of blocks is: so many weights along a row share scales. A block of a file is split into planes
 * that a shader reads as words: packed numbers in the order of the weights, scales apart. Nothing is lost or rounded, and
 * the type's value is defined on the planes, for files and shaders alike.
 *
 * Every value is one f32: the products in it are exact, only a difference or sum is rounded, so the order of the factors
 * does not matter.
 */
import { halves, toHalfBits } from '../small-floats';

export type Planes = readonly Uint8Array[];

export interface Blocks {
  /** Weights of a block; they lie along a row. */
  weights: number;
  /** Bytes of a block in a file. */
  bytes: number;
  /** Where f16 scales lie in a block of a file. */
  halves: readonly number[];
  /** Bytes of a block in each plane. */
  planes: readonly number[];
  /** A number that all weights of a tensor are multiplied by lies behind the planes, as f32. */
  scaled?: true;
  /**
   * Writes the block that begins at byte `at` of the file into the planes, which are zero there, as number `block`; absent
   * where the one plane is the file.
   */
  split?(file: Uint8Array, at: number, planes: Planes, block: number): void;
  /** Weight i of a tensor; exact in f64, to be rounded to f32. */
  value(planes: Planes, i: number): number;
  /**
   * The block of `weights` finite f32 at `from` as the `gguf` package encodes it.
   * @returns false where a scale is too large for f16
   */
  encode?(values: Float32Array, from: number, file: Uint8Array, at: number): boolean;
}

/** The planes of one tensor, in one buffer. */
export interface Packed {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where each plane begins in it: a multiple of four. */
  offsets: number[];
}

/** Bytes of so many blocks in planes. */
export const packedBytes = ({ planes, scaled }: Pick<Blocks, 'planes' | 'scaled'>, blocks: number): number =>
  planes.reduce((sum, bytes) => sum + words(bytes * blocks), scaled ? 4 : 0);

/** Where each plane of so many blocks begins, in bytes. */
export function planeOffsets({ planes }: Pick<Blocks, 'planes'>, blocks: number): number[] {
  let end = 0;
  return planes.map((bytes) => {
    const begin = end;
    end += words(bytes * blocks);
    return begin;
  });
}

const words = (bytes: number) => 4 * Math.ceil(bytes / 4);

/**
 * Whole blocks of a file as planes.
 * @param scale of a type that is scaled
 */
export function pack(type: Blocks, file: Uint8Array, scale = 1): Packed {
  const count = file.length / type.bytes;
  const offsets = planeOffsets(type, count);
  const packed = new Uint8Array(packedBytes(type, count));
  if (type.scaled) new DataView(packed.buffer).setFloat32(packed.length - 4, scale, true);
  if (!type.split) {
    packed.set(file);
    return { bytes: packed, offsets };
  }
  const planes = planesOf({ bytes: packed, offsets });
  for (let block = 0; block < count; block++) type.split(file, block * type.bytes, planes, block);
  return { bytes: packed, offsets };
}

export function planesOf({ bytes, offsets }: Packed): Planes {
  return offsets.map((offset, i) => bytes.subarray(offset, offsets[i + 1]));
}

/** The values of whole blocks of a file. */
export function decode(type: Blocks, file: Uint8Array): Float32Array<ArrayBuffer> {
  const planes = planesOf(pack(type, file));
  const values = new Float32Array((file.length / type.bytes) * type.weights);
  for (let i = 0; i < values.length; i++) values[i] = type.value(planes, i);
  return values;
}

/** The number of an f16 that begins at byte `at`. */
export function half(bytes: Uint8Array, at: number): number {
  return halves()[bytes[at] | (bytes[at + 1] << 8)];
}

/** Writes a number as f16 at byte `at`. @returns its bits */
export function putHalf(bytes: Uint8Array, at: number, value: number): number {
  const bits = toHalfBits(value);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >> 8;
  return bits;
}

export function copy(file: Uint8Array, at: number, count: number, plane: Uint8Array, to: number): void {
  for (let i = 0; i < count; i++) plane[to + i] = file[at + i];
}

/** Nibbles of `count` bytes whose low ones are the first `count` weights and whose high ones the next. */
export function copyNibbles(file: Uint8Array, at: number, count: number, plane: Uint8Array, to: number): void {
  const high = to + count / 2;
  for (let i = 0; 2 * i < count; i++) {
    const [first, second] = [file[at + 2 * i], file[at + 2 * i + 1]];
    plane[to + i] = (first & 15) | ((second & 15) << 4);
    plane[high + i] = (first >> 4) | (second & 0xf0);
  }
}

/** The 4, 2 or 1 bits of weight i. */
export const nibble = (plane: Uint8Array, i: number): number => (plane[i >> 1] >> (4 * (i & 1))) & 15;
export const twoBits = (plane: Uint8Array, i: number): number => (plane[i >> 2] >> (2 * (i & 3))) & 3;
export const bit = (plane: Uint8Array, i: number): number => (plane[i >> 3] >> (i & 7)) & 1;
