/**
 * @file Layer normalisation over the last axis, with frozen weight and bias or without.
 */
import { Value } from '../graph/graph';
import { dtypeCode, type KernelOp } from './kernel';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  eps: number;
}

const layerNormOp: KernelOp<Attrs> = {
  name: 'layer-norm',
  reference: ({ shape, attrs }, [x, weight, bias]) => {
    const { width } = rowsOf(shape);
    const { n } = normalizeRows(x, width, attrs.eps);
    return weight ? n.map((v, i) => v * weight[i % width] + bias[i % width]) : n;
  },
  gradient: ({ inputs: [x, ...affine], attrs }, dy, needs) => [
    needs[0] ? new Value(backwardOp, [x, dy, ...affine.slice(0, 1)], attrs, x.shape) : null,
    ...affine.map(() => null),
  ],
  flops: (node) => 8 * node.size,
  kernels: (node) => {
    const [x, weight, bias] = node.inputs;
    return rowKernels('layer-norm/forward', rowsOf(node.shape).rows, {
      // Without weight and bias something must still be bound; it is not read.
      buffers: { x, weight: weight ?? x, bias: bias ?? x, out: node },
      params: { ...rowsOf(node.shape), eps: node.attrs.eps },
      constants: {
        AFFINE: weight !== undefined,
        W_DTYPE: dtypeCode(weight?.dtype ?? 'f32'),
        BIAS_DTYPE: dtypeCode(bias?.dtype ?? 'f32'),
      },
    });
  },
};

/** dx from x, dy and the weight. */
const backwardOp: KernelOp<Attrs> = {
  name: 'layer-norm-backward',
  reference: ({ shape, attrs }, [x, dy, weight]) => {
    const { width } = rowsOf(shape);
    return normalizeBackward(x, weight ? dy.map((v, i) => v * weight[i % width]) : dy, width, attrs.eps);
  },
  flops: (node) => 14 * node.size,
  kernels: (node) => {
    const [x, dy, weight] = node.inputs;
    return rowKernels('layer-norm/backward', rowsOf(node.shape).rows, {
      buffers: { x, dy, weight: weight ?? x, out: node },
      params: { ...rowsOf(node.shape), eps: node.attrs.eps },
      constants: { AFFINE: weight !== undefined, W_DTYPE: dtypeCode(weight?.dtype ?? 'f32') },
    });
  },
};

/**
 * (x − mean)/√(variance + eps) over the last axis, population variance; then ·weight + bias where given, both
 * frozen, [C], of any type. Gradient for x only.
 * @throws where weight or bias is not [C].
 */
export function layerNorm(x: Value, eps: number, affine?: { weight: Value; bias: Value }): Value {
  const { width } = rowsOf(x.shape);
  for (const v of affine ? [affine.weight, affine.bias] : [])
    if (v.shape.length !== 1 || v.size !== width) throw new Error(`layer norm: [${v.shape}] for rows of ${width}`);
  return new Value(layerNormOp, affine ? [x, affine.weight, affine.bias] : [x], { eps }, x.shape);
}

/** Reference: rows with mean 0 and variance 1, and 1/√(variance + eps) of each. */
export function normalizeRows(x: Float64Array, width: number, eps: number): { n: Float64Array; inverse: Float64Array } {
  const n = new Float64Array(x.length);
  const inverse = new Float64Array(x.length / width);
  for (let r = 0; r < inverse.length; r++) {
    const row = x.subarray(r * width, (r + 1) * width);
    const mean = row.reduce((a, b) => a + b) / width;
    inverse[r] = 1 / Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / width + eps);
    n.set(
      row.map((v) => (v - mean) * inverse[r]),
      r * width,
    );
  }
  return { n, inverse };
}

/** Reference: dx of `normalizeRows` where g is the gradient of its n. */
export function normalizeBackward(x: Float64Array, g: Float64Array, width: number, eps: number): Float64Array {
  const { n, inverse } = normalizeRows(x, width, eps);
  const dx = new Float64Array(x.length);
  for (let r = 0; r < inverse.length; r++) {
    let mean = 0;
    let projection = 0;
    for (let i = r * width; i < (r + 1) * width; i++) {
      mean += g[i] / width;
      projection += (g[i] * n[i]) / width;
    }
    for (let i = r * width; i < (r + 1) * width; i++) dx[i] = inverse[r] * (g[i] - mean - n[i] * projection);
  }
  return dx;
}
