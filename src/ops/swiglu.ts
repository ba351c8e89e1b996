/**
 * @file SwiGLU's gate: silu of the first half of each row times its second half.
 */
import { type Shape, Value } from '../graph/graph';
import { CURVES } from './activation-kinds';
import type { KernelOp } from './kernel';
import { pointwiseKernels } from './pointwise';

const { f: silu, slope: siluSlope } = CURVES.silu;
/** Numbers in half a row of x. */
const half = (shape: Shape) => shape[shape.length - 1] / 2;

const swigluOp: KernelOp = {
  name: 'swiglu',
  reference: ({ inputs: [{ shape }], size }, [x]) => {
    const width = half(shape);
    return Float64Array.from({ length: size }, (_, i) => {
      const at = i + Math.floor(i / width) * width;
      return silu(x[at], 1) * x[at + width];
    });
  },
  gradient: ({ inputs: [x] }, dy) => [new Value(backwardOp, [x, dy], {}, x.shape)],
  flops: (node) => 6 * node.size,
  kernels: (node) => {
    const [x] = node.inputs;
    return pointwiseKernels('swiglu/forward', node.size, {
      buffers: { x, out: node },
      params: { count: node.size, width: half(x.shape) },
    });
  },
};

/** dx from x and dy. */
const backwardOp: KernelOp = {
  name: 'swiglu-backward',
  reference: ({ shape, size }, [x, dy]) => {
    const width = half(shape);
    const dx = new Float64Array(size);
    dy.forEach((d, i) => {
      const at = i + Math.floor(i / width) * width;
      dx[at] = d * x[at + width] * siluSlope(x[at], 1);
      dx[at + width] = d * silu(x[at], 1);
    });
    return dx;
  },
  flops: (node) => 7 * node.size,
  kernels: (node) => {
    const [x, dy] = node.inputs;
    return pointwiseKernels('swiglu/backward', dy.size, {
      buffers: { x, dy, out: node },
      params: { count: dy.size, width: half(x.shape) },
    });
  },
};

/** silu(a)·b for rows [a, b]: x [..., 2·C] → [..., C]. @throws where the rows have no halves. */
export function swiglu(x: Value): Value {
  const width = half(x.shape);
  if (!Number.isInteger(width)) throw new Error(`swiglu: rows of [${x.shape}] have no halves`);
  return new Value(swigluOp, [x], {}, x.shape.with(-1, width));
}
