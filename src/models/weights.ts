/**
 * @file Frozen weights: declared while tracing, checked against the file's header, uploaded once per device.
 */
import { UserError } from '../errors';
import { bytesOf, type Dtype, listDtypes, planesOfType, quantOf } from '../formats/dtypes';
import { pack, planeOffsets } from '../formats/quants/blocks';
import type { TensorSet, WeightBytes } from '../formats/tensor-set';
import type { Gpu } from '../gpu/gpu';
import type { BufferRange } from '../gpu/program';
import { bytesOfAll, rangesInOne } from '../gpu/ranges';
import { type DType, type Shape, sizeOf, type Value, type WeightAttrs, weight } from '../graph/graph';
import { weightKey } from '../graph/leaves';
import { showValue } from '../shown';

/** The smallest binding that every adapter has; larger weights are split into row ranges (`WeightScope.linear`). */
export const BINDING_BYTES = 128 * 2 ** 20;

/** So many bytes take long enough to show how far they are. */
export const LONG_LOAD = 256 * 2 ** 20;

type Layout = 'file' | 'conv' | 'conv-transposed' | 'patch';

/** Storage types that the engine computes with everywhere; those of `quantOf` as matrices of linears. */
const DTYPES: Partial<Record<Dtype, DType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** Kernels that read blocks of a weight take so many of its rows at a time. */
const BLOCK_ROWS = 4;

/** So many rows, and blocks of such rows, are whole words in every type. */
const WORD_ROWS = 4;

/** Whether a linear reads a weight of that type and shape as it is stored: in whole blocks, whole fours along both axes. */
export function isMatrixOf(dtype: Dtype, shape: Shape): boolean {
  const quant = planesOfType(dtype);
  if (!quant) return dtype in DTYPES;
  return shape.length === 2 && shape[0] % BLOCK_ROWS === 0 && shape[1] % Math.max(quant.weights, 4) === 0;
}

/**
 * Where element i of the laid-out tensor comes from in the file.
 * - `conv`: [O, I, kh, kw] → [kh·kw, I, O], what the convolution kernels read
 * - `conv-transposed`: → [kh·kw, O, I] with the taps flipped, for the input gradient
 * - `patch`: [O, C, ph, pw] → [O, ph, pw, C], so that a patch of a channels-last picture is one row
 */
const SOURCES: Record<Exclude<Layout, 'file'>, (shape: Shape) => (i: number) => number> = {
  conv: ([o, c, kh, kw]) => {
    const taps = kh * kw;
    return (i) => ((i % o) * c + (Math.floor(i / o) % c)) * taps + Math.floor(i / (o * c));
  },
  'conv-transposed': ([o, c, kh, kw]) => {
    const taps = kh * kw;
    return (i) => ((Math.floor(i / c) % o) * c + (i % c)) * taps + (taps - 1 - Math.floor(i / (o * c)));
  },
  patch: ([, c, ph, pw]) => {
    const pixels = ph * pw;
    const row = c * pixels;
    return (i) => Math.floor(i / row) * row + (i % c) * pixels + (Math.floor(i / c) % pixels);
  },
};

const laidOutShape = (layout: Layout, shape: Shape): Shape => {
  if (layout === 'file') return shape;
  const [o, c, kh, kw] = shape;
  if (layout === 'conv') return [kh * kw, c, o];
  if (layout === 'conv-transposed') return [kh * kw, o, c];
  return [o, kh * kw * c];
};

/** Elements rearranged, 2 or 4 bytes each. */
function layOut(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype, layout: Layout, shape: Shape): Uint8Array<ArrayBuffer> {
  if (layout === 'file') return bytes;
  const source = SOURCES[layout](shape);
  const Words = dtype === 'F32' ? Uint32Array : Uint16Array;
  const words = new Words(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const out = new Words(words.length);
  for (let i = 0; i < out.length; i++) out[i] = words[source(i)];
  return new Uint8Array(out.buffer);
}

/**
 * The tensors of one model file set, as graph values. Each declaration is checked at once:
 * a missing tensor or a wrong shape is a UserError naming it, before any device is opened.
 */
export class WeightScope {
  constructor(
    /** Distinguishes equal tensor names of different models: 'transformer', 'rewards/clip'. */
    readonly model: string,
    readonly tensors: TensorSet,
  ) {}

  has(name: string): boolean {
    return this.tensors.info.has(name);
  }

  /** The tensor of that name and file shape, arranged by `layout`. */
  value(name: string, shape: Shape, layout: Layout = 'file', rows?: readonly [number, number]): Value {
    return this.#declare(name, shape, layout, rows);
  }

  /** The weight [outputs, inputs] of a linear, or rows of it. */
  matrix(name: string, shape: readonly [number, number], rows?: readonly [number, number]): Value {
    return this.#declare(name, shape, 'file', rows, true);
  }

  /**
   * Tensors one after the other along their first axis.
   * @param tensors each by its name and its value, whole and not rearranged
   * @throws where their storage types differ
   */
  stacked(tensors: readonly { name: string; value: Value<WeightAttrs> }[]): Value<WeightAttrs> {
    const [first, ...others] = tensors;
    const { attrs, shape, dtype } = first.value;
    if (others.some(({ value }) => value.dtype !== dtype))
      throw new Error(`${first.name} and those after it differ in type`);
    const rows = tensors.reduce((sum, { value }) => sum + value.shape[0], 0);
    return weight({ ...attrs, followedBy: others.map(({ name }) => name) }, [rows, ...shape.slice(1)], dtype);
  }

  /** The same tensor, put in one buffer with others that are near `group`, where a binding holds them. */
  near(value: Value<WeightAttrs>, group: string): Value<WeightAttrs> {
    return weight({ ...value.attrs, near: `${this.model}/${group}` }, value.shape, value.dtype);
  }

  /** Whether the tensor can be read one after the other with others: no number belongs to it as a whole. */
  isStackable(name: string): boolean {
    const tensor = this.tensors.info.get(name);
    return tensor !== undefined && !planesOfType(tensor.dtype)?.scaled;
  }

  #declare(name: string, shape: Shape, layout: Layout, rows?: readonly [number, number], isMatrix = false): Value {
    const info = this.tensors.info.get(name);
    if (!info) {
      throw new UserError(
        `${this.tensors.name}: tensor ${name} is missing, expected one of shape [${shape.join(', ')}].`,
      );
    }
    const dtype = DTYPES[info.dtype] ?? (isMatrix && isMatrixOf(info.dtype, shape) ? quantOf(info.dtype) : undefined);
    if (!dtype) {
      throw new UserError(
        `${this.tensors.name}: tensor ${name} is ${info.dtype}, expected ${listDtypes(Object.keys(DTYPES))}.`,
      );
    }
    if (info.shape.length !== shape.length || info.shape.some((n, i) => n !== shape[i])) {
      throw new UserError(
        `${this.tensors.name}: tensor ${name} has shape ${showValue(info.shape)}, expected [${shape.join(', ')}].`,
      );
    }
    const attrs: WeightAttrs = { name: `${this.model}/${name}`, layout, ...(rows && { rows }) };
    const laidOut = laidOutShape(layout, shape);
    return weight(attrs, rows ? [rows[1] - rows[0], ...laidOut.slice(1)] : laidOut, dtype);
  }

  /** Row ranges of a [rows, columns] tensor that each fit one binding; one range where it fits whole. */
  rowRanges(name: string, rows: number, columns: number, bindingBytes = BINDING_BYTES): [number, number][] {
    const dtype = this.tensors.info.get(name)?.dtype ?? 'F32';
    // An even number of rows keeps packed pairs whole.
    const step = planesOfType(dtype) ? BLOCK_ROWS : 2;
    const most = Math.max(step, Math.floor(bindingBytes / bytesOf(dtype, columns) / step) * step);
    const ranges: [number, number][] = [];
    for (let begin = 0; begin < rows; begin += most) ranges.push([begin, Math.min(rows, begin + most)]);
    return ranges;
  }
}

/** Rows of a weight as its files have them, from the weight's own row `row` on. */
interface Piece extends WeightBytes {
  row: number;
}

/** So many bytes are read at a time, where rows are that small. */
const PIECE = 2 ** 22;

/** A weight's rows in their order, no more of them in memory than need be. */
async function* piecesOf({ model, tensors }: WeightScope, attrs: WeightAttrs): AsyncGenerator<Piece> {
  const { rows, layout, followedBy = [] } = attrs;
  const first = attrs.name.slice(model.length + 1);
  const parts = [first, ...followedBy].map((name) => {
    const { shape, dtype } = tensors.info.get(name)!;
    const [begin, end] = (name === first && rows) || [0, shape[0] ?? 1];
    return { name, begin, end, rowBytes: bytesOf(dtype, sizeOf(shape.slice(1))) };
  });
  // Every piece begins with a whole word, on the device too.
  const whole = (number: number) => number % WORD_ROWS === 0;
  if (layout !== 'file' || !parts.slice(0, -1).every(({ begin, end }) => whole(end - begin))) {
    const { bytes, ...read } = await tensors.read(first, rows);
    const data = [layOut(bytes, read.dtype, layout as Layout, read.shape)];
    for (const other of followedBy) data.push((await tensors.read(other)).bytes);
    yield { ...read, row: 0, bytes: new Uint8Array(await new Blob(data).arrayBuffer()) };
    return;
  }
  let row = 0;
  for (const { name, begin, end, rowBytes } of parts) {
    const step = Math.max(WORD_ROWS, Math.floor(PIECE / rowBytes / WORD_ROWS) * WORD_ROWS);
    for (let at = begin; at < end; at += step) {
      const stop = Math.min(end, at + step);
      const isAll = at === 0 && stop === (tensors.info.get(name)!.shape[0] ?? 1);
      yield { ...(await tensors.read(name, isAll ? undefined : [at, stop])), row: row + at - begin };
    }
    row += end - begin;
  }
}

/** The weights on a device. Programs share it: a tensor used by two of them is uploaded once. */
export class WeightStore {
  /** Of what is there. */
  #ranges = new Map<string, BufferRange>();
  /** Of what is to come, in buffers that are shared. */
  #reserved = new Map<string, BufferRange>();
  /**
   * @param reads without it buffers are made and stay empty, for a device that only counts them
   * @param onLoad told after each tensor how many bytes are there of those that were missing; what it throws ends the
   *   loading, and what is there stays
   */
  constructor(
    private readonly gpu: Gpu,
    readonly reads = true,
    readonly onLoad: (done: number, total: number) => void = () => {},
  ) {}

  /** Uploads what is not there yet, one tensor at a time. */
  async load(values: readonly Value<WeightAttrs>[], scopes: readonly WeightScope[]): Promise<void> {
    const missing = new Map(values.map((value) => [weightKey(value.attrs), value]));
    for (const key of this.#ranges.keys()) missing.delete(key);
    this.#reserve(missing);
    const total = [...missing.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const [key, value] of missing) {
      const scope = scopes.find((s) => value.attrs.name.startsWith(`${s.model}/`));
      if (!scope) throw new Error(`no model holds ${value.attrs.name}`);
      const place = () => this.#reserved.get(key) ?? this.#make([value])[0];
      if (!this.reads) {
        this.#ranges.set(key, place());
        continue;
      }
      let range: BufferRange | undefined;
      for await (const piece of piecesOf(scope, value.attrs)) {
        range ??= place();
        this.#write(range, value, piece);
      }
      this.#ranges.set(key, range!);
      done += value.bytes;
      this.onLoad(done, total);
    }
  }

  /** Puts rows of a weight where they belong: blocks into each plane. */
  #write({ buffer, offset }: BufferRange, { size, shape, bytes: end }: Value, piece: Piece): void {
    const planes = planesOfType(piece.dtype);
    const before = piece.row * (size / shape[0]);
    if (!planes) {
      this.gpu.write(buffer, piece.bytes, offset + bytesOf(piece.dtype, before));
      return;
    }
    const packed = pack(planes, piece.bytes, piece.scale);
    const at = planeOffsets(planes, size / planes.weights);
    packed.offsets.forEach((from, i) => {
      const part = packed.bytes.subarray(from, from + (piece.bytes.length / planes.bytes) * planes.planes[i]);
      this.gpu.write(buffer, part, offset + at[i] + (before / planes.weights) * planes.planes[i]);
    });
    if (planes.scaled) this.gpu.write(buffer, packed.bytes.subarray(-4), offset + end - 4);
  }

  place(value: Value): BufferRange | undefined {
    return this.#ranges.get(weightKey(value.attrs));
  }

  destroy(): void {
    const ranges = [...this.#ranges.values(), ...this.#reserved.values()];
    for (const buffer of new Set(ranges.map((range) => range.buffer))) buffer.destroy();
    this.#ranges.clear();
    this.#reserved.clear();
  }

  /** Room for tensors that are near each other, in one buffer where a binding holds them. */
  #reserve(missing: ReadonlyMap<string, Value<WeightAttrs>>): void {
    const groups = new Map<string, [key: string, value: Value<WeightAttrs>][]>();
    for (const [key, value] of missing) {
      const { near } = value.attrs;
      if (near === undefined || this.#reserved.has(key)) continue;
      groups.set(near, [...(groups.get(near) ?? []), [key, value]]);
    }
    for (const group of groups.values()) {
      const values = group.map(([, value]) => value);
      if (bytesOfAll(rangesInOne(values.map(({ bytes }) => bytes))) > BINDING_BYTES) continue;
      const ranges = this.#make(values);
      group.forEach(([key], i) => {
        this.#reserved.set(key, ranges[i]);
      });
    }
  }

  /** One buffer with room for all of them. */
  #make(values: readonly Value<WeightAttrs>[]): BufferRange[] {
    const ranges = rangesInOne(values.map(({ bytes }) => bytes));
    const buffer = this.gpu.buffer(bytesOfAll(ranges), values[0].attrs.name);
    return ranges.map((range) => ({ buffer, ...range }));
  }
}
