/**
 * @file Weights made smaller as they are loaded: the matrices of a transformer's blocks in Q8_0 or Q4_0. Embedders, last
 * layers, norms and biases stay as they are; they are few, and the pictures hang on them.
 */
import { blockOf, isReadableFloat, quantise, toFloat32 } from '../formats/dtypes';
import type { StoredTensor, TensorSet } from '../formats/tensor-set';

/** Weights of blocks that share a scale, along a row; rows that kernels read at a time. */
const [BLOCK, ROWS] = [32, 4];

/** The set with such tensors in blocks: each is encoded when it is read, and none before. */
export function quantised(tensors: TensorSet, dtype: 'Q8_0' | 'Q4_0'): TensorSet {
  const info: TensorSet['info'] = new Map(
    [...tensors.info].map(([name, tensor]) => [name, isBlockMatrix(name, tensor) ? { ...tensor, dtype } : tensor]),
  );
  const changed = (name: string) => info.get(name)?.dtype !== tensors.info.get(name)?.dtype;
  const encoded: TensorSet['read'] = async (name, rows) => {
    const { shape, bytes, dtype: own, scale = 1 } = await tensors.read(name, rows);
    const values = toFloat32(bytes, own);
    if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] *= scale;
    return { dtype, shape, bytes: quantise(values, dtype, `${tensors.name}: tensor ${name}`) };
  };
  return {
    ...tensors,
    info,
    read: (name, rows) => (changed(name) ? encoded(name, rows) : tensors.read(name, rows)),
    readFloat32: async (name) => {
      if (!changed(name)) return tensors.readFloat32(name);
      const { shape, bytes } = await encoded(name);
      return { shape, data: toFloat32(bytes, dtype) };
    },
  };
}

/** A linear's weight inside a block, in floats, of whole blocks along its rows. */
function isBlockMatrix(name: string, { dtype, shape }: StoredTensor): boolean {
  const isInBlock = /^(?:single_)?transformer_blocks\.\d+\..*\.weight$/.test(name);
  if (!isInBlock || !isReadableFloat(dtype) || blockOf(dtype) > 1) return false;
  return shape.length === 2 && shape[0] % ROWS === 0 && shape[1] % BLOCK === 0;
}
