/**
 * @file Reader and writer of .safetensors: an 8-byte little-endian header length, a JSON header with dtype, shape and
 * offsets of each tensor, then the tensors' bytes without gaps.
 *
 * Everything in the header is checked against the file before a byte of data is used: a wrong file gets one sentence
 * that names the file, the tensor and what was expected.
 */
import { UserError } from '../errors';
import { quoted, shown, showValue } from '../shown';
import { bytesOf, isDtype, toFloat32 } from './dtypes';
import { type FileSource, missingFile, nameIn } from './file-source';
import { isRecord, parseJsonObject } from './json';
import type { TensorBytes, TensorInfo } from './tensor';
import { stored, type TensorSet, tensorSet } from './tensor-set';

export { toFloat32 };

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  tensors: TensorInfo[];
  metadata: Record<string, string>;
}

/** More elements are refused: no buffer of a browser or of Node holds them as f32. */
const MAX_ELEMENTS = 2 ** 31;
/** The format's own limit for the header. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Length in bytes of the JSON header that follows the first 8 bytes.
 *
 * @param head at least the file's first 8 bytes, where it has so many
 * @throws UserError for a file too short or a header length that the file cannot hold
 */
function headerLength(head: Uint8Array, fileSize: number, fileName: string): number {
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
  const length = headerLength(head, fileSize, fileName);
  if (head.length < 8 + length) throw new UserError(`${fileName} is truncated: its header of ${length} bytes is cut.`);
  const what = `${fileName}: the header`;
  if (head[8] !== 0x7b) throw new UserError(`${what} is not a JSON object: it does not begin with "{".`);
  const { __metadata__: strings, ...entries } = parseJsonObject(head.subarray(8, 8 + length), what);

  const dataBegin = 8 + length;
  const tensors = Object.entries(entries).map(([name, entry]) => parseEntry(name, entry, dataBegin, fileName));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = dataBegin;
  for (const { name, begin, end } of tensors) {
    if (begin !== covered) {
      throw new UserError(
        `${fileName}: tensor ${shown(name)} begins at byte ${begin - dataBegin} of the data, expected ${covered - dataBegin}: ${begin < covered ? 'it overlaps the tensor before it' : 'there is a gap before it'}.`,
      );
    }
    if (end > fileSize) {
      throw new UserError(
        `${fileName} is truncated: tensor ${shown(name)} ends at byte ${end}, the file at ${fileSize}.`,
      );
    }
    covered = end;
  }
  if (covered !== fileSize) {
    throw new UserError(`${fileName} has ${fileSize} bytes, expected ${covered}: there is data that no tensor names.`);
  }
  return { tensors, metadata: parseMetadata(strings, fileName) };
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
  const header: Record<string, unknown> = Object.create(null);
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

/**
 * Opens `STEM.safetensors`, or the shards that `STEM.safetensors.index.json` names; reads headers only.
 *
 * @param stem folder and file name without extension: `transformer/diffusion_pytorch_model`
 * @param both what counts where both are there: `index` as diffusers has it (the single file is a leftover), or
 *   neither, since transformers takes the single file and whoever made the index meant its shards
 * @throws UserError for a missing or wrong file, and a shard that lacks a tensor the index places in it
 */
export async function openTensors(
  source: FileSource,
  stem: string,
  both: 'index' | 'neither' = 'neither',
): Promise<TensorSet> {
  const single = `${stem}.safetensors`;
  const index = `${single}.index.json`;
  const isSharded = (await source.size(index)) !== undefined;
  if (both === 'neither' && isSharded && (await source.size(single)) !== undefined) {
    throw new UserError(
      `${source.describe}: both ${single} and ${index} are there, expected one of them: remove the one that is stale.`,
    );
  }
  const placed = isSharded ? await readIndex(source, index) : undefined;
  const files = placed ? [...new Set(placed.values())].sort() : [single];

  const info: TensorSet['info'] = new Map();
  let metadata: Record<string, string> = {};
  for (const file of files) {
    const header = await readSafetensorsHeader(source, file);
    metadata = { ...header.metadata, ...metadata };
    for (const tensor of header.tensors) {
      if (!placed || placed.get(tensor.name) === file) info.set(tensor.name, stored(tensor, file));
    }
  }
  for (const [name, file] of placed ?? []) {
    if (!info.has(name)) {
      throw new UserError(
        `${nameIn(source.describe, file)} has no tensor ${shown(name)}, which ${index} places there.`,
      );
    }
  }

  return tensorSet(source, { name: stem, info, metadata, files });
}

/**
 * Reads the header of a file and no more.
 * @throws UserError for a missing file, and as `parseSafetensorsHeader`
 */
export async function readSafetensorsHeader(source: FileSource, file: string): Promise<SafetensorsHeader> {
  const size = await source.size(file);
  if (size === undefined) throw missingFile(source.describe, file);
  const name = nameIn(source.describe, file);
  const length = headerLength(await source.read(file, 0, Math.min(8, size)), size, name);
  return parseSafetensorsHeader(await source.read(file, 0, 8 + length), size, name);
}

/** Tensor name → path of its shard. */
async function readIndex(source: FileSource, index: string): Promise<Map<string, string>> {
  const name = nameIn(source.describe, index);
  const map = parseJsonObject(await source.read(index), name).weight_map;
  if (!isRecord(map) || Object.keys(map).length === 0) {
    throw new UserError(`${name} has no weight_map, expected tensor names with their files.`);
  }
  const folder = index.slice(0, index.lastIndexOf('/') + 1);
  const placed = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !/^[^/\\]+\.safetensors$/.test(file)) {
      throw new UserError(
        `${name} places tensor ${shown(tensor)} in ${showValue(file)}, expected a .safetensors file beside it.`,
      );
    }
    placed.set(tensor, folder + file);
  }
  return placed;
}

function parseMetadata(strings: unknown, fileName: string): Record<string, string> {
  if (strings === undefined) return {};
  if (!isRecord(strings)) {
    throw new UserError(`${fileName}: __metadata__ is ${showValue(strings)}, expected an object of strings.`);
  }
  for (const [key, value] of Object.entries(strings)) {
    if (typeof value !== 'string') {
      throw new UserError(`${fileName}: metadata ${quoted(key)} is ${showValue(value)}, expected a string.`);
    }
  }
  return strings as Record<string, string>;
}

function parseEntry(name: string, entry: unknown, dataBegin: number, fileName: string): TensorInfo {
  const wrong = (what: string) => new UserError(`${fileName}: tensor ${shown(name)} ${what}.`);
  if (!isRecord(entry)) {
    throw wrong(`is ${showValue(entry)}, expected an object with dtype, shape and data_offsets`);
  }
  for (const key of ['dtype', 'shape', 'data_offsets']) if (!Object.hasOwn(entry, key)) throw wrong(`has no ${key}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw wrong(`has dtype ${showValue(dtype)}, expected one of the format such as F32`);
  if (!isSizes(shape)) throw wrong(`has shape ${showValue(shape)}, expected a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw wrong(`has data_offsets ${showValue(offsets)}, expected [begin, end] in bytes`);
  }
  const [begin, end] = offsets;
  const elements = product(shape);
  if (elements > MAX_ELEMENTS) throw wrong(`has shape ${showValue(shape)}, expected at most ${MAX_ELEMENTS} elements`);
  const expected = bytesOf(dtype, elements);
  if (end - begin !== expected) {
    throw wrong(`takes ${end - begin} bytes, expected ${expected} for ${dtype} of shape ${showValue(shape)}`);
  }
  return { name, dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Elements of a shape; a size of 0 makes it 0 whatever the others are. */
function product(shape: number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((total, size) => total * size, 1);
}
