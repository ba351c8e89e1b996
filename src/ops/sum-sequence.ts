/**
 * @file Sum over the sequence axis, of a tensor or of a product: the gradient of an operand [B, C] that every
 * position of a [B, S, C] tensor shares.
 */
import { sameShape, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

const sumSequenceOp: KernelOp = {
  name: 'sum-sequence',
  reference: ({ inputs, size }, [a, b]) => {
    const [, length, width] = inputs[0].shape;
    const out = new Float64Array(size);
    a.forEach((v, i) => {
      out[Math.floor(i / (length * width)) * width + (i % width)] += b ? v * b[i] : v;
    });
    return out;
  },
  flops: (node) => node.inputs.length * node.inputs[0].size,
  kernels: (node) => {
    const [a, b] = node.inputs;
    const [, length, width] = a.shape;
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'sum-sequence/forward',
            buffers: { a, b: b ?? a, out: node },
            params: { count: node.size, length, width },
            constants: { WEIGHTED: b !== undefined },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

/** Σ_s a[b, s, c], or Σ_s a[b, s, c]·b[b, s, c], of [B, S, C]; the result is [B, C]. @throws where shapes differ. */
export function sumSequence(a: Value, b?: Value): Value {
  if (a.shape.length !== 3 || (b && !sameShape(a.shape, b.shape)))
    throw new Error(`sum-sequence: [${a.shape}] and [${b?.shape}], expected [batch, sequence, channel] twice`);
  return new Value(sumSequenceOp, b ? [a, b] : [a], {}, [a.shape[0], a.shape[2]]);
}
