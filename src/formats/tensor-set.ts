/**
 * @file The tensors of one model, wherever its files keep them: read one at a time, a tensor's bytes and no more.
 */
import { UserError } from '../errors';
import { shown } from '../shown';
import {
  bytesOf,
  isWeightDtype,
  readFloats,
  requireFinite,
  toFloat32,
  WEIGHT_DTYPES,
  type WeightDtype,
} from './dtypes';
import { type FileSource, nameIn } from './file-source';
import type { TensorBytes, TensorInfo } from './tensor';

/** The largest value of fp8 E4M3, the type that has scales. */
const LARGEST_SCALED = 448;

/** Where a tensor lies. */
export interface StoredTensor extends Omit<TensorInfo, 'begin' | 'end'> {
  file: string;
  /** Absolute byte offsets [begin, end) in the file of its parts, one after the other. */
  parts: readonly (readonly [begin: number, end: number])[];
  /** A tensor of one number that all values are multiplied by. */
  scale?: StoredTensor;
}

export interface WeightBytes extends TensorBytes {
  dtype: WeightDtype;
  /** What all values are multiplied by; absent where that is 1. */
  scale?: number;
}

export interface TensorSet {
  /** What to call the set in a sentence, e.g. `transformer/diffusion_pytorch_model`. */
  name: string;
  info: Map<string, StoredTensor>;
  metadata: Record<string, string>;
  /** The weight files, in name order. */
  files: string[];
  /**
   * @param rows [begin, end) of the first axis; nothing else is read then, and `shape` is that of these rows
   * @throws UserError where the tensor is missing, of a type that weights do not have, or not finite
   */
  read(name: string, rows?: readonly [number, number]): Promise<WeightBytes>;
  readFloat32(name: string): Promise<{ shape: number[]; data: Float32Array<ArrayBuffer> }>;
}

/** A tensor of a file's header as a set has it. */
export function stored({ name, dtype, shape, begin, end }: TensorInfo, file: string): StoredTensor {
  return { name, dtype, shape, file, parts: [[begin, end]] };
}

/** @param info each tensor by its name in the model; its own `name` is that in the file */
export function tensorSet(
  source: FileSource,
  { name: stem, info, metadata, files }: Pick<TensorSet, 'name' | 'info' | 'metadata' | 'files'>,
): TensorSet {
  const describe = (tensor: StoredTensor) => `${nameIn(source.describe, tensor.file)}: tensor ${shown(tensor.name)}`;

  const read: TensorSet['read'] = async (name, rows) => {
    const whole = info.get(name);
    if (!whole) throw new UserError(`${source.describe}: ${stem} has no tensor ${shown(name)}.`);
    const tensor = rows ? rowsOf(whole, rows) : whole;
    const { dtype, shape, scale } = tensor;
    const what = rows ? `${describe(tensor)} from row ${rows[0]} on` : describe(tensor);
    if (!isWeightDtype(dtype)) throw new UserError(`${what} is ${dtype}, expected ${WEIGHT_DTYPES}.`);
    const bytes = await readParts(source, tensor);
    requireFinite(bytes, dtype, what);
    if (!scale) return { dtype, shape, bytes };
    const [factor] = readFloats(await readParts(source, scale), scale.dtype, describe(scale));
    if (!Number.isFinite(Math.fround(factor * LARGEST_SCALED))) {
      throw new UserError(`${describe(scale)} is ${factor}, too large for weights in f32: the file is damaged.`);
    }
    return { dtype, shape, bytes, scale: factor };
  };

  const readFloat32: TensorSet['readFloat32'] = async (name) => {
    const { dtype, shape, bytes, scale } = await read(name);
    const data = toFloat32(bytes, dtype);
    if (scale !== undefined) for (let i = 0; i < data.length; i++) data[i] *= scale;
    return { shape, data };
  };
  return { name: stem, info, metadata, files, read, readFloat32 };
}

/** Rows [begin, end) of a tensor whose rows are whole blocks, wherever its parts lie. */
export function rowsOf(tensor: StoredTensor, [begin, end]: readonly [number, number]): StoredTensor {
  const rest = tensor.shape.slice(1);
  const rowBytes = bytesOf(
    tensor.dtype,
    rest.reduce((total, size) => total * size, 1),
  );
  const parts: [number, number][] = [];
  // Where the part begins among the tensor's bytes.
  let at = 0;
  for (const [from, to] of tensor.parts) {
    const first = Math.max(from, from + begin * rowBytes - at);
    const last = Math.min(to, from + end * rowBytes - at);
    if (first < last) parts.push([first, last]);
    at += to - from;
  }
  return { ...tensor, shape: [end - begin, ...rest], parts };
}

async function readParts(source: FileSource, { file, parts }: StoredTensor): Promise<Uint8Array<ArrayBuffer>> {
  if (parts.length === 1) return source.read(file, ...parts[0]);
  const bytes = new Uint8Array(parts.reduce((sum, [begin, end]) => sum + end - begin, 0));
  let at = 0;
  for (const [begin, end] of parts) {
    bytes.set(await source.read(file, begin, end), at);
    at += end - begin;
  }
  return bytes;
}
