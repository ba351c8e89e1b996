/**
 * @file Reader of GGUF version 3: "GGUF", the version, counts of tensors and of pairs, the pairs, the tensors' names, sizes,
 * types and offsets, then from the next multiple of the alignment on the tensors' bytes, each at such a multiple.
 *
 * The head is read in slices, whatever the file's size. Each count and length is held against the bytes that are left
 * before anything is made of it, so a lie costs nothing. What is wrong gets one sentence.
 */
import { UserError } from '../errors';
import { quoted, shown, showValue } from '../shown';
import { blockOf, bytesOf, type Dtype, ggufDtype, WEIGHT_DTYPES } from './dtypes';
import { type FileSource, missingFile, nameIn } from './file-source';
import type { TensorInfo } from './tensor';

/** A value of the head; of a list only its length is kept. */
export type GgufValue = number | bigint | boolean | string | { list: number };

export interface GgufHeader {
  /** In the order of their bytes. */
  tensors: TensorInfo[];
  metadata: Map<string, GgufValue>;
}

/** Bytes that are asked for at a time. */
const SLICE = 2 ** 18;
/** The head of a file is shorter: as long as that of a .safetensors file may be. */
const MAX_HEAD_BYTES = 100_000_000;
const MAX_STRING_BYTES = 2 ** 20;
const MAX_ELEMENTS = 2 ** 31;
const MAX_DIMENSIONS = 4;
/** The least that a pair and a tensor take: an empty name, a type and a value of one byte; a name, sizes, type, offset. */
const PAIR_BYTES = 13;
const TENSOR_BYTES = 24;

const STRING = 8;
const LIST = 9;
/** The kinds of values of a fixed size, by number. */
const SCALARS: Record<number, { bytes: number; read(view: DataView): GgufValue }> = {
  0: { bytes: 1, read: (view) => view.getUint8(0) },
  1: { bytes: 1, read: (view) => view.getInt8(0) },
  2: { bytes: 2, read: (view) => view.getUint16(0, true) },
  3: { bytes: 2, read: (view) => view.getInt16(0, true) },
  4: { bytes: 4, read: (view) => view.getUint32(0, true) },
  5: { bytes: 4, read: (view) => view.getInt32(0, true) },
  6: { bytes: 4, read: (view) => view.getFloat32(0, true) },
  7: { bytes: 1, read: (view) => view.getUint8(0) !== 0 },
  10: { bytes: 8, read: (view) => view.getBigUint64(0, true) },
  11: { bytes: 8, read: (view) => view.getBigInt64(0, true) },
  12: { bytes: 8, read: (view) => view.getFloat64(0, true) },
};

/** Types of GGML that are not read, as its files call them. */
const OTHER_TYPES: Record<number, string> = {
  ...{ 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S' },
  ...{ 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

/**
 * Reads and checks the head of a file.
 *
 * @throws UserError for another version or byte order, damaged counts, names, types, sizes and offsets, and truncation
 */
export async function readGgufHeader(source: FileSource, file: string): Promise<GgufHeader> {
  const size = await source.size(file);
  if (size === undefined) throw missingFile(source.describe, file);
  const name = nameIn(source.describe, file);
  const head = new Head(source, file, size, name);

  const magic = await head.bytes(Math.min(4, size), 'its first bytes');
  if (new TextDecoder('latin1').decode(magic) !== 'GGUF') {
    throw new UserError(`${name} is no GGUF file: it does not begin with "GGUF".`);
  }
  const version = await head.u32('its version');
  // A small number whose bytes are swapped.
  if (version !== 0 && (version & 0xffff) === 0) {
    throw new UserError(`${name} is a big-endian GGUF file, expected little-endian: convert it again.`);
  }
  if (version !== 3) {
    throw new UserError(`${name} is GGUF version ${version}, expected 3: convert it again with a newer program.`);
  }
  const tensorCount = await head.count('tensors', TENSOR_BYTES);
  const pairCount = await head.count('pairs of metadata', PAIR_BYTES);

  const metadata: GgufHeader['metadata'] = new Map();
  for (let i = 0; i < pairCount; i++) {
    const what = `the name of pair ${i + 1} of ${pairCount}`;
    const key = await head.string(what);
    if (metadata.has(key)) throw new UserError(`${name}: the metadata names ${quoted(key)} twice.`);
    metadata.set(key, await head.value(key));
  }
  const alignment = alignmentOf(metadata, name);

  const entries = new Map<string, Entry>();
  for (let i = 0; i < tensorCount; i++) {
    const entry = await head.tensor(i, tensorCount, alignment);
    if (entries.has(entry.name)) throw new UserError(`${name} names tensor ${shown(entry.name)} twice.`);
    entries.set(entry.name, entry);
  }
  return { tensors: place([...entries.values()], aligned(head.at, alignment), alignment, size, name), metadata };
}

const aligned = (at: number, alignment: number): number => Math.ceil(at / alignment) * alignment;

function alignmentOf(metadata: GgufHeader['metadata'], name: string): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  const isPower = typeof alignment === 'number' && alignment >= 1 && Number.isInteger(Math.log2(alignment));
  if (!isPower || alignment > 2 ** 16) {
    throw new UserError(
      `${name}: general.alignment is ${showGguf(alignment)}, expected a power of two of at most 65536.`,
    );
  }
  return alignment;
}

/** A value of the metadata as a sentence shows it. */
export function showGguf(value: GgufValue): string {
  return typeof value === 'object' ? `a list of ${value.list}` : showValue(value);
}

/** A tensor with the offset of its bytes among the data. */
type Entry = Omit<TensorInfo, 'begin' | 'end'> & { offset: number; bytes: number };

/** Each tensor's place in the file: they follow one another, with nothing but padding between them. */
function place(entries: Entry[], begin: number, alignment: number, size: number, name: string): TensorInfo[] {
  entries.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = begin;
  const tensors = entries.map(({ name: tensor, dtype, shape, offset, bytes }) => {
    const expected = aligned(end, alignment) - begin;
    if (offset !== expected) {
      throw new UserError(
        `${name}: tensor ${shown(tensor)} begins at byte ${offset} of the data, expected ${expected}: ${offset < expected ? 'it overlaps the tensor before it' : 'there is a gap before it'}.`,
      );
    }
    end = begin + offset + bytes;
    if (end > size) {
      throw new UserError(`${name} is truncated: tensor ${shown(tensor)} ends at byte ${end}, the file at ${size}.`);
    }
    return { name: tensor, dtype, shape, begin: begin + offset, end };
  });
  if (size > aligned(end, alignment)) {
    throw new UserError(`${name} has ${size} bytes, expected ${end}: there is data that no tensor names.`);
  }
  return tensors;
}

/** The head of a file, read on and on through a window of it. */
class Head {
  /** Position in the file of the next byte. */
  at = 0;
  #window = new Uint8Array(0);
  #windowBegin = 0;

  constructor(
    private readonly source: FileSource,
    private readonly file: string,
    private readonly size: number,
    private readonly name: string,
  ) {}

  /** The next `count` bytes. They are a part of the window: the next call may replace it, not what was returned. */
  async bytes(count: number, what: string): Promise<Uint8Array> {
    this.#need(count, what);
    const from = this.at - this.#windowBegin;
    if (from < 0 || from + count > this.#window.length) {
      this.#window = await this.source.read(this.file, this.at, Math.min(this.size, this.at + Math.max(count, SLICE)));
      this.#windowBegin = this.at;
    }
    const begin = this.at - this.#windowBegin;
    this.at += count;
    return this.#window.subarray(begin, begin + count);
  }

  #need(count: number, what: string): void {
    if (count > this.size - this.at) {
      throw new UserError(`${this.name} is truncated: ${what} goes beyond its end at byte ${this.size}.`);
    }
    if (this.at + count > MAX_HEAD_BYTES) {
      throw new UserError(
        `${this.name} has a head of more than ${MAX_HEAD_BYTES} bytes, expected less: it is damaged.`,
      );
    }
  }

  async #view(count: number, what: string): Promise<DataView> {
    const bytes = await this.bytes(count, what);
    return new DataView(bytes.buffer, bytes.byteOffset, count);
  }

  async u32(what: string): Promise<number> {
    return (await this.#view(4, what)).getUint32(0, true);
  }

  async #u64(what: string): Promise<bigint> {
    return (await this.#view(8, what)).getBigUint64(0, true);
  }

  /** A number of things of which each takes `least` bytes. */
  async count(things: string, least: number): Promise<number> {
    const count = await this.#u64(`the number of ${things}`);
    if (count > BigInt(Math.floor((this.size - this.at) / least))) {
      throw new UserError(`${this.name} names ${count} ${things}, more than it has bytes for: it is damaged.`);
    }
    return Number(count);
  }

  async string(what: string): Promise<string> {
    const length = await this.#u64(`the length of ${what}`);
    if (length > BigInt(MAX_STRING_BYTES)) {
      throw new UserError(`${this.name}: ${what} has ${length} bytes, expected at most ${MAX_STRING_BYTES}.`);
    }
    const bytes = await this.bytes(Number(length), what);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new UserError(`${this.name}: ${what} is not UTF-8.`);
    }
  }

  async value(key: string): Promise<GgufValue> {
    const what = `the value of ${quoted(key)}`;
    const kind = await this.u32(`the type of ${quoted(key)}`);
    if (kind === STRING) return this.string(what);
    if (kind === LIST) return { list: await this.#skipList(what) };
    const scalar = this.#scalar(kind, what);
    const view = await this.#view(scalar.bytes, what);
    if (kind === 7 && view.getUint8(0) > 1) {
      throw new UserError(`${this.name}: ${what} is a truth value of ${view.getUint8(0)}, expected 0 or 1.`);
    }
    return scalar.read(view);
  }

  /** Passes over a list. @returns its length */
  async #skipList(what: string): Promise<number> {
    const kind = await this.u32(`the type of ${what}`);
    if (kind === LIST)
      throw new UserError(`${this.name}: ${what} is a list of lists, expected one of numbers or texts.`);
    if (kind === STRING) {
      const count = await this.count(`texts in ${what}`, 8);
      for (let i = 0; i < count; i++) await this.string(what);
      return count;
    }
    const { bytes } = this.#scalar(kind, what);
    const count = await this.count(`numbers in ${what}`, bytes);
    this.#need(count * bytes, what);
    this.at += count * bytes;
    return count;
  }

  #scalar(kind: number, what: string) {
    if (Object.hasOwn(SCALARS, kind)) return SCALARS[kind];
    throw new UserError(`${this.name}: ${what} is of type ${kind}, which GGUF does not have: it is damaged.`);
  }

  async tensor(i: number, count: number, alignment: number): Promise<Entry> {
    const name = await this.string(`the name of tensor ${i + 1} of ${count}`);
    if (name === '') throw new UserError(`${this.name}: tensor ${i + 1} of ${count} has no name: the file is damaged.`);
    const tensor = `tensor ${shown(name)}`;
    const wrong = (what: string) => new UserError(`${this.name}: ${tensor} ${what}.`);
    const dimensions = await this.u32(`the head of ${tensor}`);
    if (dimensions > MAX_DIMENSIONS) {
      throw wrong(`has ${dimensions} dimensions, expected at most ${MAX_DIMENSIONS}`);
    }
    const sizes: bigint[] = [];
    for (let d = 0; d < dimensions; d++) sizes.push(await this.#u64(`the head of ${tensor}`));
    const type = await this.u32(`the head of ${tensor}`);
    const offset = await this.#u64(`the head of ${tensor}`);

    // The innermost size comes first.
    const elements = sizes.reduce((total, size) => total * size, 1n);
    const tooMany = elements > BigInt(MAX_ELEMENTS) || sizes.some((size) => size > BigInt(MAX_ELEMENTS));
    if (tooMany) throw wrong(`has sizes ${sizes.reverse().join(' × ')}, expected at most ${MAX_ELEMENTS} elements`);
    const shape = sizes.map(Number).reverse();
    const dtype = dtypeOf(type, wrong);
    const block = blockOf(dtype);
    const row = shape.at(-1) ?? 1;
    if (row % block !== 0) throw wrong(`has rows of ${row}, expected whole blocks of ${block} for ${dtype}`);
    if (offset % BigInt(alignment) !== 0n) {
      throw wrong(`begins at byte ${offset} of the data, expected a multiple of ${alignment}`);
    }
    if (offset > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw wrong(`begins at byte ${offset} of the data, the file has ${this.size}`);
    }
    return { name, dtype, shape, offset: Number(offset), bytes: bytesOf(dtype, Number(elements)) };
  }
}

function dtypeOf(type: number, wrong: (what: string) => UserError): Dtype {
  const dtype = ggufDtype(type);
  if (dtype !== undefined) return dtype;
  if (Object.hasOwn(OTHER_TYPES, type)) throw wrong(`is ${OTHER_TYPES[type]}, expected ${WEIGHT_DTYPES}`);
  throw wrong(`is of type ${type}, which GGUF does not have: it is damaged`);
}
