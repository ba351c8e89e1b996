/**
 * @file Weights as the device takes them. Q8_0 and Q4_0 go there as they are stored, f32, f16 and bf16 too. What its kernels
 * do not read becomes something close as it is loaded: a matrix of another type of blocks (Q4_1, Q5_0, Q5_1, Q4_K, Q5_K,
 * Q6_K) or of fp8 becomes Q8_0, whatever else has such a type f16. On wish the matrices of a transformer's blocks, or of a
 * CLIP tower's layers, become Q8_0 or Q4_0 as well, from floats too; embedders, last layers, norms and biases stay, they are
 * few, and the pictures hang on them.
 */
import { bytesOf, isWeightDtype, quantise, requireFinite, toFloat32 } from '../formats/dtypes';
import { toHalfBits } from '../formats/small-floats';
import type { StoredTensor, TensorSet, WeightBytes } from '../formats/tensor-set';
import { sizeOf } from '../graph/graph';

/** Types of blocks that kernels read. */
export type Quantised = 'Q8_0' | 'Q4_0';

/** Weights of blocks that share a scale, along a row; rows that kernels read at a time. */
const [BLOCK, ROWS] = [32, 4];
/** Types that need no change. */
const AS_STORED = new Set(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0']);
/** Floats, as which more may be wanted. */
const FLOATS = new Set(['F32', 'F16', 'BF16']);
/** Weights that are converted at a time, so that no tensor is in memory as f32. */
const PIECE = 2 ** 22;

/**
 * The set with every tensor in a type that the engine computes with: each is converted when it is read, and none before.
 * @param wanted for the matrices of blocks that are stored as floats, or that have to be converted
 */
export function forDevice(tensors: TensorSet, wanted?: Quantised): TensorSet {
  const info: TensorSet['info'] = new Map();
  for (const [name, tensor] of tensors.info) {
    const dtype = deviceType(name, tensor, wanted);
    const { scale: _, ...unscaled } = tensor;
    info.set(name, dtype === tensor.dtype ? tensor : { ...unscaled, dtype });
  }
  const changed = (name: string) => info.get(name)?.dtype !== tensors.info.get(name)?.dtype;
  const convert: TensorSet['read'] = async (name, rows) => {
    const { shape } = info.get(name)!;
    const dtype = info.get(name)!.dtype as Quantised | 'F16';
    // A tensor without rows is small.
    const [begin, end] = rows ?? [0, shape[0] ?? 1];
    const rowSize = sizeOf(shape.slice(1));
    const out = new Uint8Array(bytesOf(dtype, (end - begin) * rowSize));
    const step = Math.max(1, Math.floor(PIECE / Math.max(rowSize, 1)));
    for (let row = begin; row < end; row += step) {
      const piece = await tensors.read(name, shape.length > 0 ? [row, Math.min(end, row + step)] : undefined);
      out.set(converted(piece, dtype, `${tensors.name}: tensor ${name}`), bytesOf(dtype, (row - begin) * rowSize));
    }
    return { dtype, shape: shape.length > 0 ? [end - begin, ...shape.slice(1)] : shape, bytes: out };
  };
  return {
    ...tensors,
    info,
    read: (name, rows) => (changed(name) ? convert(name, rows) : tensors.read(name, rows)),
    readFloat32: async (name) => {
      if (!changed(name)) return tensors.readFloat32(name);
      const { dtype, shape, bytes } = await convert(name);
      return { shape, data: toFloat32(bytes, dtype) };
    },
  };
}

/** Of a transformer's blocks, of a CLIP tower's layers. */
const BLOCK_MATRIX = /^(?:(?:single_)?transformer_blocks|(?:vision|text)_model\.encoder\.layers)\.\d+\..*\.weight$/;

/** What a tensor is on the device. */
function deviceType(
  name: string,
  { dtype, shape }: StoredTensor,
  wanted: Quantised | undefined,
): StoredTensor['dtype'] {
  const isMatrix = shape.length === 2 && shape[0] % ROWS === 0 && shape[1] % BLOCK === 0;
  const isInBlock = isMatrix && BLOCK_MATRIX.test(name);
  if (isInBlock && wanted && (FLOATS.has(dtype) || (!AS_STORED.has(dtype) && isWeightDtype(dtype)))) return wanted;
  // What is no weight at all is an error where it is asked for.
  if (AS_STORED.has(dtype) || !isWeightDtype(dtype)) return dtype;
  return isMatrix ? 'Q8_0' : 'F16';
}

function converted({ bytes, dtype: own, scale = 1 }: WeightBytes, dtype: Quantised | 'F16', what: string): Uint8Array {
  const values = toFloat32(bytes, own);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] *= scale;
  if (dtype !== 'F16') return quantise(values, dtype, what);
  const halves = new Uint8Array(Uint16Array.from(values, toHalfBits).buffer);
  requireFinite(halves, dtype, `${what} as F16`);
  return halves;
}
