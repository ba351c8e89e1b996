/**
 * @file One row repeated over the leading axis (a class token for every picture of a batch).
 */
import { Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { stridedCopy } from './strided-copy';
import { sumLeading } from './sum-leading';

const expandOp: KernelOp = {
  name: 'expand',
  reference: ({ size }, [x]) => Float64Array.from({ length: size }, (_, i) => x[i % x.length]),
  gradient: ({ inputs: [x] }, dy) => [sumLeading(dy, x.shape)],
  kernels: (node) => {
    const [x] = node.inputs;
    const block = { sizes: [node.shape[0], x.size], from: [0, 1], to: [x.size, 1] };
    return [{ variant: 'copy', dispatches: [stridedCopy(x, node, block)] }];
  },
};

/** x [1, …] repeated to [n, …]. @throws where the leading axis is not 1. */
export function expand(x: Value, n: number): Value {
  if (x.shape[0] !== 1 || n < 1)
    throw new Error(`expand: [${x.shape}] has no leading axis of size 1 to repeat ${n} times`);
  return n === 1 ? x : new Value(expandOp, [x], {}, x.shape.with(0, n));
}
