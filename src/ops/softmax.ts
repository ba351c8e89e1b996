/**
 * @file softmax(scale·x) over the last axis.
 */
import { Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  scale: number;
}

const softmaxOp: KernelOp<Attrs> = {
  name: 'softmax',
  reference: ({ shape, attrs: { scale } }, [x]) => {
    const { rows, width } = rowsOf(shape);
    const out = new Float64Array(x.length);
    for (let r = 0; r < rows; r++) {
      const row = x.subarray(r * width, (r + 1) * width).map((v) => scale * v);
      const greatest = row.reduce((a, b) => Math.max(a, b));
      const e = row.map((v) => Math.exp(v - greatest));
      const sum = e.reduce((a, b) => a + b);
      out.set(
        e.map((v) => v / sum),
        r * width,
      );
    }
    return out;
  },
  extras: {
    /** log Σ exp(scale·x) of each row. */
    log_sum_exp: {
      shape: ({ shape }) => shape.slice(0, -1),
      reference: ({ shape, attrs: { scale } }, [x]) => {
        const { rows, width } = rowsOf(shape);
        return Float64Array.from({ length: rows }, (_, r) => {
          const row = x.subarray(r * width, (r + 1) * width).map((v) => scale * v);
          const greatest = row.reduce((a, b) => Math.max(a, b));
          return greatest + Math.log(row.reduce((sum, v) => sum + Math.exp(v - greatest), 0));
        });
      },
    },
  },
  gradient: (node, dy, needs) => [needs[0] ? new Value(backwardOp, [node, dy], node.attrs, dy.shape) : null],
  flops: (node) => 6 * node.size,
  kernels: (node) =>
    rowKernels('softmax/forward', rowsOf(node.shape).rows, {
      buffers: { x: node.inputs[0], out: node, log_sum_exp: 'log_sum_exp' },
      params: { ...rowsOf(node.shape), scale: node.attrs.scale },
    }),
};

/** dx = scale·y·(dy − Σ y·dy), from the output y. */
const backwardOp: KernelOp<Attrs> = {
  name: 'softmax-backward',
  reference: ({ shape, attrs: { scale } }, [y, dy]) => {
    const { rows, width } = rowsOf(shape);
    const out = new Float64Array(y.length);
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let i = r * width; i < (r + 1) * width; i++) sum += y[i] * dy[i];
      for (let i = r * width; i < (r + 1) * width; i++) out[i] = scale * y[i] * (dy[i] - sum);
    }
    return out;
  },
  flops: (node) => 5 * node.size,
  kernels: (node) =>
    rowKernels('softmax/backward', rowsOf(node.shape).rows, {
      buffers: { y: node.inputs[0], dy: node.inputs[1], out: node },
      params: { ...rowsOf(node.shape), scale: node.attrs.scale },
    }),
};

/** softmax(scale·x) over the last axis, stable for any finite input; x of any shape. Its extra is `log_sum_exp`. */
export function softmax(x: Value, scale = 1): Value {
  return new Value(softmaxOp, [x], { scale }, x.shape);
}
