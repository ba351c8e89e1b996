/**
 * @file Reward `LAION aesthetic` (version 2): five linears on CLIP-L's normalised embedding with nothing but dropout between
 * them, so one affine map; brought to 0 … 1 like every score of the picture alone.
 */
import { UserError } from '../errors';
import { openTensors } from '../formats/safetensors';
import type { TensorSet } from '../formats/tensor-set';
import { constant } from '../graph/graph';
import { inFolder } from '../models/bundle';
import { linear } from '../ops/matmul';
import { showValue } from '../shown';
import { aesthetic, openHead } from './aesthetic';
import type { RewardKind } from './reward';

/** The linears of the published head, in their order. */
const LAYERS = ['layers.0', 'layers.2', 'layers.4', 'layers.6', 'layers.7'];

/**
 * w and b of w·x + b, of linears one after the other, in double precision.
 * @param inputs numbers in the embedding
 * @throws UserError for a linear that is missing or does not fit the next, and where the last gives more than one number
 */
export async function folded(tensors: TensorSet, inputs: number): Promise<{ w: Float32Array<ArrayBuffer>; b: number }> {
  // From the last: w is the product of the matrices so far, a row.
  let w: ArrayLike<number> = [1];
  let b = 0;
  for (const [i, name] of [...LAYERS.entries()].reverse()) {
    const weight = await tensors.readFloat32(`${name}.weight`);
    const bias = await tensors.readFloat32(`${name}.bias`);
    const [rows, columns] = weight.shape;
    const expected = [w.length, i === 0 ? inputs : (columns ?? 0)];
    if (weight.shape.length !== 2 || rows !== expected[0] || columns !== expected[1] || bias.data.length !== rows) {
      throw new UserError(
        `${tensors.name}: tensor ${name}.weight has shape ${showValue(weight.shape)}, its bias ${showValue(bias.shape)}, expected [${expected.join(', ')}] and [${expected[0]}].`,
      );
    }
    const product = new Float64Array(columns);
    for (let r = 0; r < rows; r++) {
      b += w[r] * bias.data[r];
      for (let c = 0; c < columns; c++) product[c] += w[r] * weight.data[r * columns + c];
    }
    w = product;
  }
  return { w: Float32Array.from(w), b };
}

export const laionAesthetic: RewardKind = {
  label: 'picture alone, LAION aesthetic',
  async recognises(folder) {
    if (!(await aesthetic.recognises(folder))) return false;
    const head = inFolder(folder, 'head');
    // One that is missing is told by the kind that every head is of.
    if ((await folder.source.size(`${head}.safetensors`)) === undefined) return false;
    return (await openTensors(folder.source, head)).info.has(`${LAYERS[0]}.weight`);
  },
  open: (folder, bundle) =>
    openHead(folder, bundle, laionAesthetic.label, async (head, projection) => {
      const { w, b } = await folded(head.tensors, projection);
      const [weights, bias] = ['w', 'b'].map((part) => `${head.model} ${part}`);
      return (features) =>
        linear(features, constant(weights, w, [1, projection]), constant(bias, Float32Array.of(b), [1]));
    }),
};
