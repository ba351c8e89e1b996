/**
 * @file Root-mean-square normalisation over the last axis (of queries and keys), with a frozen weight.
 */
import { Value } from '../graph/graph';
import { dtypeCode, type KernelOp } from './kernel';
import { rmsNormRopeBackward } from './rms-norm-rope';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  eps: number;
}

const rmsNormOp: KernelOp<Attrs> = {
  name: 'rms-norm',
  reference: ({ shape, attrs }, [x, weight]) => {
    const { width } = rowsOf(shape);
    const inverse = inverseRms(x, width, attrs.eps);
    return x.map((v, i) => v * inverse[Math.floor(i / width)] * weight[i % width]);
  },
  gradient: ({ inputs: [x, weight], attrs }, dy, needs) => [
    needs[0] ? new Value(backwardOp, [x, dy, weight], attrs, x.shape) : null,
    null,
  ],
  flops: (node) => 4 * node.size,
  kernels: (node) => {
    const [x, weight] = node.inputs;
    return rowKernels('rms-norm/forward', rowsOf(node.shape).rows, {
      buffers: { x, weight, out: node },
      params: { ...rowsOf(node.shape), eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight.dtype) },
    });
  },
};

/** dx from x, dy and the weight. */
const backwardOp: KernelOp<Attrs> = {
  name: 'rms-norm-backward',
  reference: ({ shape, attrs }, [x, dy, weight]) => {
    const { width } = rowsOf(shape);
    const inverse = inverseRms(x, width, attrs.eps);
    const g = dy.map((v, i) => v * weight[i % width]);
    const projection = new Float64Array(inverse.length);
    g.forEach((v, i) => {
      projection[Math.floor(i / width)] += (v * x[i]) / width;
    });
    return g.map((v, i) => {
      const r = Math.floor(i / width);
      return inverse[r] * (v - x[i] * inverse[r] ** 2 * projection[r]);
    });
  },
  flops: (node) => 9 * node.size,
  fuse: ({ inputs, attrs }) => rmsNormRopeBackward(inputs, attrs.eps),
  kernels: (node) => {
    const [x, dy, weight] = node.inputs;
    return rowKernels('rms-norm/backward', rowsOf(node.shape).rows, {
      buffers: { x, dy, weight, out: node },
      params: { ...rowsOf(node.shape), eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight.dtype) },
    });
  },
};

/** 1/√(mean(x²) + eps) of each row. */
function inverseRms(x: Float64Array, width: number, eps: number): Float64Array {
  return Float64Array.from({ length: x.length / width }, (_, r) => {
    const squares = x.subarray(r * width, (r + 1) * width).reduce((sum, v) => sum + v * v, 0);
    return 1 / Math.sqrt(squares / width + eps);
  });
}

/**
 * x·weight/√(mean(x²) + eps) over the last axis; weight is [D], frozen, of any type. Gradient for x only.
 * @throws where weight is not [D].
 */
export function rmsNorm(x: Value, weight: Value, eps: number): Value {
  const { width } = rowsOf(x.shape);
  if (weight.shape.length !== 1 || weight.size !== width)
    throw new Error(`rms norm: weight [${weight.shape}] for rows of ${width}`);
  return new Value(rmsNormOp, [x, weight], { eps }, x.shape);
}
