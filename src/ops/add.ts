/**
 * @file out = a + b, b repeated over a's leading axes. Where a matmul or a convolution makes one of both for this sum
 * alone, fusion lets its kernel add the other: gradient contributions are summed while they are made.
 */
import { sameShape, Value, within } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';
import { sumLeading } from './sum-leading';

const addOp: KernelOp = {
  name: 'add',
  reference: (_, [a, b]) => {
    const out = new Float64Array(a.length);
    for (let from = 0; from < a.length; from += b.length) {
      for (let i = 0; i < b.length; i++) out[from + i] = a[from + i] + b[i];
    }
    return out;
  },
  gradient: ({ inputs: [a, b] }, dy, needs) => [
    needs[0] ? dy : null,
    needs[1] ? (b.size === a.size ? dy : sumLeading(dy, b.shape)) : null,
  ],
  flops: (node) => node.size,
  fuse: ({ inputs: [a, b] }, uses) => {
    if (!sameShape(a.shape, b.shape)) return null;
    const into = (x: Value, residual: Value) =>
      uses(x) === 1 ? within(x.origin, () => x.op.withResidual?.(x, residual) ?? null) : null;
    // The newer first: it may swallow the other.
    return into(b, a) ?? into(a, b);
  },
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'add/forward',
          buffers: { a: node.inputs[0], b: node.inputs[1], out: node },
          params: { count: node.size, period: node.inputs[1].size },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

/**
 * a + b. b's shape is a's, or a's innermost axes (a bias or a table, repeated over the rest).
 * @throws where the shapes do not fit.
 */
export function add(a: Value, b: Value): Value {
  const tail = a.shape.slice(a.shape.length - b.shape.length);
  if (b.shape.length > a.shape.length || tail.some((n, i) => n !== b.shape[i])) {
    throw new Error(`add: [${b.shape}] is not the tail of [${a.shape}]`);
  }
  return new Value(addOp, [a, b], {}, a.shape);
}
