/**
 * @file Reader and writer of .safetensors: an 8-byte little-endian header length, a JSON header with dtype, shape and
 * offsets of each tensor, then the tensors' bytes without gaps.
 *
 * Everything in the header is checked against the file before a byte of data is used: a wrong file gets one sentence
 * that names the file, the tensor and what was expected.
 */
import { UserError } from '../errors';
import type { FileSource } from '../models/file-source';
import { halfToFloat } from './half';

export type FloatDtype = 'F32' | 'F16' | 'BF16';

export interface TensorInfo {
  name: string;
  dtype: FloatDtype;
  shape: number[];
  /** Absolute byte offsets [begin, end) in the file. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  /** The floating-point tensors, in the order of their bytes. */
  tensors: TensorInfo[];
  /** Tensors of any other dtype (integer buffers in old checkpoints), by name; they cannot be read. */
  unsupported: Map<string, string>;
  metadata: Record<string, string>;
}

export interface TensorBytes {
  dtype: FloatDtype;
  shape: number[];
  bytes: Uint8Array<ArrayBuffer>;
}

/** A tensor's size is dtype size × product of shape; these are all dtypes of the format. */
const DTYPE_BYTES: Record<string, number> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};
/** The format's own limit for the header. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Length in bytes of the JSON header that follows the first 8 bytes.
 *
 * @param head at least the file's first 8 bytes, where it has so many
 * @throws UserError for a file too short or a header length that the file cannot hold
 */
export function safetensorsHeaderLength(head: Uint8Array, fileSize: number, fileName: string): number {
  if (fileSize < 8 || head.length < 8) {
    throw new UserError(
      `${fileName} has ${fileSize} bytes, too few for a .safetensors file; expected a header length in the first 8.`,
    );
  }
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length < 2 || length > MAX_HEADER_BYTES || length > fileSize - 8) {
    throw new UserError(
      `${fileName} names a header of ${length} bytes, expected 2 to ${Math.min(MAX_HEADER_BYTES, fileSize - 8)}; it is truncated or no .safetensors file.`,
    );
  }
  return length;
}

/**
 * Reads and checks the header.
 *
 * @param head the file's first bytes, at least header length + 8 of them
 * @param fileSize the whole file's size in bytes
 * @param fileName what to call it in a sentence
 * @throws UserError for impossible lengths, bad JSON, dtypes, shapes or offsets, overlaps, gaps and truncation
 */
export function parseSafetensorsHeader(head: Uint8Array, fileSize: number, fileName: string): SafetensorsHeader {
  const length = safetensorsHeaderLength(head, fileSize, fileName);
  if (head.length < 8 + length) throw new UserError(`${fileName} is truncated: its header of ${length} bytes is cut.`);
  const entries = Object.entries(parseJsonObject(head.subarray(8, 8 + length), `${fileName}: the header`));

  const dataBegin = 8 + length;
  const metadata: Record<string, string> = {};
  const all: (Omit<TensorInfo, 'dtype'> & { dtype: string })[] = [];
  for (const [name, entry] of entries) {
    if (name === '__metadata__') {
      if (!isRecord(entry)) throw new UserError(`${fileName}: __metadata__ must be an object of strings.`);
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') throw new UserError(`${fileName}: metadata "${key}" must be a string.`);
        metadata[key] = value;
      }
    } else {
      all.push(parseEntry(name, entry, dataBegin, fileName));
    }
  }

  all.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = dataBegin;
  for (const { name, begin, end } of all) {
    if (begin !== covered) {
      throw new UserError(
        `${fileName}: tensor ${name} begins at byte ${begin - dataBegin} of the data, expected ${covered - dataBegin}: ${begin < covered ? 'it overlaps the tensor before it' : 'there is a gap before it'}.`,
      );
    }
    if (end > fileSize) {
      throw new UserError(`${fileName} is truncated: tensor ${name} ends at byte ${end}, the file at ${fileSize}.`);
    }
    covered = end;
  }
  if (covered !== fileSize) {
    throw new UserError(`${fileName} has ${fileSize} bytes, expected ${covered}: there is data that no tensor names.`);
  }

  const isFloat = (dtype: string): dtype is FloatDtype => dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
  return {
    tensors: all.filter((tensor): tensor is TensorInfo => isFloat(tensor.dtype)),
    unsupported: new Map(all.filter(({ dtype }) => !isFloat(dtype)).map(({ name, dtype }) => [name, dtype])),
    metadata,
  };
}

/** A whole file in memory: its tensors by name (views into `bytes`) and its metadata. */
export function parseSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
  fileName: string,
): { tensors: Map<string, TensorBytes>; metadata: Record<string, string> } {
  const { tensors, metadata } = parseSafetensorsHeader(bytes, bytes.length, fileName);
  return {
    tensors: new Map(
      tensors.map(({ name, dtype, shape, begin, end }) => [
        name,
        { dtype, shape, bytes: bytes.subarray(begin, end) as Uint8Array<ArrayBuffer> },
      ]),
    ),
    metadata,
  };
}

/** The values of a tensor's bytes as f32 (exact for f16 and bf16); always a new array. */
export function toFloat32(bytes: Uint8Array, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  const aligned = bytes.slice().buffer;
  if (dtype === 'F32') return new Float32Array(aligned);
  const halves = new Uint16Array(aligned);
  if (dtype === 'F16') return halfToFloat(halves);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/**
 * Writes f32 tensors; the same input gives the same bytes (tensors and metadata keys are sorted).
 *
 * @param tensors `data` holds product(shape) values, row by row
 * @param metadata strings kept in `__metadata__`
 */
export function writeSafetensors(
  tensors: { name: string; shape: number[]; data: Float32Array }[],
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) {
    header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  let offset = 0;
  for (const { name, shape, data } of sorted) {
    if (product(shape) !== data.length) throw new Error(`${name}: ${data.length} values for shape [${shape}]`);
    if (header[name] !== undefined) throw new Error(`${name} is written twice`);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(json, 8);
  let position = 8 + headerLength;
  for (const { data } of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

/** The tensors of one model, read one at a time from one file or several shards. */
export interface TensorSet {
  /** What to call the set in a sentence, e.g. `transformer/diffusion_pytorch_model`. */
  name: string;
  info: Map<string, TensorInfo & { file: string }>;
  /** Tensors that are there but of a dtype that cannot be read. */
  unsupported: Map<string, string>;
  metadata: Record<string, string>;
  /** The weight files, in name order. */
  files: string[];
  /** @throws UserError where the tensor is missing or of a dtype other than F32, F16 and BF16 */
  read(name: string): Promise<TensorBytes>;
  readFloat32(name: string): Promise<{ shape: number[]; data: Float32Array<ArrayBuffer> }>;
}

/**
 * Opens `STEM.safetensors`, or the shards that `STEM.safetensors.index.json` names; reads headers only.
 *
 * @param stem folder and file name without extension: `transformer/diffusion_pytorch_model`
 * @throws UserError for a missing or wrong file, and a shard that lacks a tensor the index places in it
 */
export async function openTensors(source: FileSource, stem: string): Promise<TensorSet> {
  const single = `${stem}.safetensors`;
  const index = `${single}.index.json`;
  const info: TensorSet['info'] = new Map();
  const unsupported = new Map<string, string>();
  let metadata: Record<string, string> = {};
  let files: string[];

  if ((await source.size(single)) === undefined && (await source.size(index)) !== undefined) {
    const placed = await readIndex(source, index);
    files = [...new Set(placed.values())].sort();
    for (const file of files) {
      const header = await readHeader(source, file);
      metadata = { ...header.metadata, ...metadata };
      for (const tensor of header.tensors)
        if (placed.get(tensor.name) === file) info.set(tensor.name, { ...tensor, file });
      for (const [name, dtype] of header.unsupported) if (placed.get(name) === file) unsupported.set(name, dtype);
    }
    for (const [name, file] of placed) {
      if (!info.has(name) && !unsupported.has(name)) {
        throw new UserError(`${source.describe}: ${file} has no tensor ${name}, which ${index} places there.`);
      }
    }
  } else {
    files = [single];
    const header = await readHeader(source, single);
    metadata = header.metadata;
    for (const tensor of header.tensors) info.set(tensor.name, { ...tensor, file: single });
    for (const [name, dtype] of header.unsupported) unsupported.set(name, dtype);
  }

  const read = async (name: string): Promise<TensorBytes> => {
    const tensor = info.get(name);
    if (!tensor) {
      const dtype = unsupported.get(name);
      throw new UserError(
        dtype === undefined
          ? `${source.describe}: ${stem} has no tensor ${name}.`
          : `${source.describe}: tensor ${name} of ${stem} is ${dtype}, expected F32, F16 or BF16.`,
      );
    }
    const { dtype, shape, begin, end, file } = tensor;
    return { dtype, shape, bytes: await source.read(file, begin, end) };
  };
  return {
    name: stem,
    info,
    unsupported,
    metadata,
    files,
    read,
    readFloat32: async (name) => {
      const { dtype, shape, bytes } = await read(name);
      return { shape, data: toFloat32(bytes, dtype) };
    },
  };
}

async function readHeader(source: FileSource, file: string): Promise<SafetensorsHeader> {
  const name = `${source.describe}: ${file}`;
  const size = await source.size(file);
  if (size === undefined) throw new UserError(`${source.describe}: file ${file} is missing.`);
  const length = safetensorsHeaderLength(await source.read(file, 0, Math.min(8, size)), size, name);
  return parseSafetensorsHeader(await source.read(file, 0, 8 + length), size, name);
}

/** Tensor name → path of its shard. */
async function readIndex(source: FileSource, index: string): Promise<Map<string, string>> {
  const name = `${source.describe}: ${index}`;
  const map = parseJsonObject(await source.read(index), name).weight_map;
  if (!isRecord(map)) throw new UserError(`${name} has no weight_map, expected tensor names with their files.`);
  const folder = index.slice(0, index.lastIndexOf('/') + 1);
  const placed = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !/^[^/\\]+\.safetensors$/.test(file)) {
      throw new UserError(
        `${name} places tensor ${tensor} in ${JSON.stringify(file)}, expected a .safetensors file beside it.`,
      );
    }
    placed.set(tensor, folder + file);
  }
  return placed;
}

function parseEntry(name: string, entry: unknown, dataBegin: number, fileName: string) {
  const wrong = (what: string) => new UserError(`${fileName}: tensor ${name} ${what}.`);
  if (!isRecord(entry)) throw wrong('is not described by an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw wrong(`has dtype ${JSON.stringify(dtype)}, expected F32, F16 or BF16`);
  }
  if (!isSizes(shape)) throw wrong(`has shape ${JSON.stringify(shape)}, expected a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw wrong(`has data_offsets ${JSON.stringify(offsets)}, expected [begin, end] in bytes`);
  }
  const [begin, end] = offsets;
  const expected = product(shape) * DTYPE_BYTES[dtype];
  if (end - begin !== expected) {
    throw wrong(`takes ${end - begin} bytes, expected ${expected} for ${dtype} of shape [${shape}]`);
  }
  return { name, dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

function parseJsonObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new UserError(`${what} is not valid JSON.`);
  }
  if (!isRecord(value)) throw new UserError(`${what} is not a JSON object.`);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function product(shape: number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
