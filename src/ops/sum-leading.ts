/**
 * @file Sum over the leading axes: the adjoint of repeating a tensor over them.
 */
import { type Shape, sizeOf, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

const sumLeadingOp: KernelOp = {
  name: 'sum-leading',
  reference: (node, [x]) => {
    const out = new Float64Array(node.size);
    for (let from = 0; from < x.length; from += out.length) {
      for (let i = 0; i < out.length; i++) out[i] += x[from + i];
    }
    return out;
  },
  flops: (node) => node.inputs[0].size,
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'sum-leading/forward',
          buffers: { x: node.inputs[0], out: node },
          params: { rows: node.inputs[0].size / node.size, period: node.size },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

/** x summed down to `shape`, which must be x's innermost axes. */
export function sumLeading(x: Value, shape: Shape): Value {
  if (x.size % sizeOf(shape)) throw new Error(`sum-leading: [${shape}] does not divide [${x.shape}]`);
  return new Value(sumLeadingOp, [x], {}, shape);
}
