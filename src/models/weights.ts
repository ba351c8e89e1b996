/**
 * @file Frozen weights: declared while tracing, checked against the file's header, uploaded once per device.
 */
import { UserError } from '../errors';
import type { Dtype } from '../formats/dtypes';
import type { TensorSet } from '../formats/tensor-set';
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import type { BufferRange } from '../gpu/program';
import { type DType, type Shape, sizeOf, type Value, type WeightAttrs, weight } from '../graph/graph';
import { weightKey } from '../graph/leaves';
import { showValue } from '../shown';

/** The smallest binding that every adapter has; larger weights are split into row ranges (`WeightScope.linear`). */
export const BINDING_BYTES = 128 * 2 ** 20;

type Layout = 'file' | 'conv' | 'conv-transposed' | 'patch';

/** Storage types that the engine computes with. */
const DTYPES: Partial<Record<Dtype, DType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

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
function layOut(bytes: Uint8Array<ArrayBuffer>, dtype: DType, layout: Layout, shape: Shape): Uint8Array<ArrayBuffer> {
  if (layout === 'file') return bytes;
  const source = SOURCES[layout](shape);
  const Words = dtype === 'f32' ? Uint32Array : Uint16Array;
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
    const info = this.tensors.info.get(name);
    if (!info) {
      throw new UserError(
        `${this.tensors.name}: tensor ${name} is missing, expected one of shape [${shape.join(', ')}].`,
      );
    }
    const dtype = DTYPES[info.dtype];
    if (!dtype) {
      throw new UserError(`${this.tensors.name}: tensor ${name} is ${info.dtype}, expected F32, F16 or BF16.`);
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
    const bytes = this.tensors.info.get(name)?.dtype === 'F32' ? 4 : 2;
    // An even number of rows keeps packed pairs whole.
    const most = Math.max(2, Math.floor(bindingBytes / (columns * bytes) / 2) * 2);
    const ranges: [number, number][] = [];
    for (let begin = 0; begin < rows; begin += most) ranges.push([begin, Math.min(rows, begin + most)]);
    return ranges;
  }
}

/** The weights on a device. Programs share it: a tensor used by two of them is uploaded once. */
export class WeightStore {
  #buffers = new Map<string, GpuBuffer>();
  constructor(private readonly gpu: Gpu) {}

  /** Uploads what is not there yet, one tensor at a time. */
  async load(values: readonly Value<WeightAttrs>[], scopes: readonly WeightScope[]): Promise<void> {
    for (const value of values) {
      const key = weightKey(value.attrs);
      if (this.#buffers.has(key)) continue;
      const scope = scopes.find((s) => value.attrs.name.startsWith(`${s.model}/`));
      if (!scope) throw new Error(`no model holds ${value.attrs.name}`);
      const { bytes, shape } = await scope.tensors.read(value.attrs.name.slice(scope.model.length + 1));
      let data = layOut(bytes, value.dtype, value.attrs.layout as Layout, shape);
      if (value.attrs.rows) {
        const rowBytes = sizeOf(shape.slice(1)) * (value.dtype === 'f32' ? 4 : 2);
        data = data.subarray(value.attrs.rows[0] * rowBytes, value.attrs.rows[1] * rowBytes);
      }
      const buffer = this.gpu.buffer(value.bytes, value.attrs.name);
      this.gpu.write(buffer, data);
      this.#buffers.set(key, buffer);
    }
  }

  place(value: Value): BufferRange | undefined {
    const buffer = this.#buffers.get(weightKey(value.attrs));
    return buffer && { buffer, offset: 0, bytes: buffer.bytes };
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
