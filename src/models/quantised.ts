/**
 * @file Weights as the device takes them: as they are stored. What is no matrix of a linear, or one of odd sizes, becomes f16
 * where it is stored in blocks or fp8. On wish the matrices of a transformer's blocks, or of a CLIP tower's layers, that are
 * floats become Q8_0 or Q4_0; embedders, last layers, norms and biases stay, they are few, and the pictures hang on them.
 */
import { blockOf, bytesOf, isWeightDtype, quantise, requireFinite, toFloat32 } from '../formats/dtypes';
import { toHalfBits } from '../formats/small-floats';
import type { StoredTensor, TensorSet, WeightBytes } from '../formats/tensor-set';
import { sizeOf } from '../graph/graph';
import { isMatrixOf } from './weights';

/** Types that floats can become. */
export type Quantised = 'Q8_0' | 'Q4_0';

/** Weights that are converted at a time, so that no tensor is in memory as f32. */
const PIECE = 2 ** 22;

/**
 * The set with every tensor in a type that the engine computes with: each is converted when it is read, and none before.
 * @param wanted for the matrices of blocks that are stored as floats, where it is smaller
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
  // What is no weight at all is an error where it is asked for.
  if (!isWeightDtype(dtype)) return dtype;
  if (wanted && BLOCK_MATRIX.test(name) && isMatrixOf(wanted, shape) && blockOf(dtype) === 1) {
    if (bytesOf(wanted, 32) < bytesOf(dtype, 32)) return wanted;
  }
  return isMatrixOf(dtype, shape) ? dtype : 'F16';
}

function converted({ bytes, dtype: own, scale = 1 }: WeightBytes, dtype: Quantised | 'F16', what: string): Uint8Array {
  const values = toFloat32(bytes, own);
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] *= scale;
  if (dtype !== 'F16') return quantise(values, dtype, what);
  const halves = new Uint8Array(Uint16Array.from(values, toHalfBits).buffer);
  requireFinite(halves, dtype, `${what} as F16`);
  return halves;
}
