/**
 * @file Dot product row by row (the cosine of two normalised features).
 */
import { sameShape, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';
import { reshape } from './reshape';
import { rowCombine } from './row-combine';

const rowDotOp: KernelOp = {
  name: 'row-dot',
  reference: ({ inputs: [{ shape }] }, [a, b]) => {
    const [rows, length] = shape;
    const out = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      for (let i = row * length; i < (row + 1) * length; i++) out[row] += a[i] * b[i];
    }
    return out;
  },
  gradient: ({ inputs: [a, b] }, dy, needs) => {
    const column = reshape(dy, [a.shape[0], 1]);
    return [needs[0] ? rowCombine(column, [b]) : null, needs[1] ? rowCombine(column, [a]) : null];
  },
  flops: (node) => 2 * node.inputs[0].size,
  kernels: (node) => {
    const [a, b] = node.inputs;
    const [rows, length] = a.shape;
    return [
      {
        variant: 'workgroup',
        dispatches: [
          {
            shader: 'row-dot/forward',
            buffers: { a, b, out: node },
            params: { rows, length },
            workgroups: grid(rows, 1),
          },
        ],
      },
    ];
  },
};

/** out[r] = a[r]·b[r] for a and b [R, P]; out is [R]. @throws where the shapes differ. */
export function rowDot(a: Value, b: Value): Value {
  if (a.shape.length !== 2 || !sameShape(a.shape, b.shape)) {
    throw new Error(`row-dot: [${a.shape}] and [${b.shape}], expected two of [rows, length]`);
  }
  return new Value(rowDotOp, [a, b], {}, [a.shape[0]]);
}
