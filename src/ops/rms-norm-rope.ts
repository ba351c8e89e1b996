/**
 * @file rope(rmsNorm(x)) in one kernel, for queries and keys. Made by fusion (rope.ts), after differentiation.
 */
import { Value } from '../graph/graph';
import { dtypeCode, type KernelOp } from './kernel';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  eps: number;
}

/** Inputs are x [B, S, H, D], weight [D], cos and sin [S, D/2]. */
const rmsNormRopeOp: KernelOp<Attrs> = {
  name: 'rms-norm-rope',
  reference: ({ shape, attrs }, [x, weight, cos, sin]) => {
    const [, positions, heads, width] = shape;
    const out = new Float64Array(x.length);
    for (let row = 0; row < x.length / width; row++) {
      const start = row * width;
      const squares = x.subarray(start, start + width).reduce((sum, v) => sum + v * v, 0);
      const inverse = 1 / Math.sqrt(squares / width + attrs.eps);
      const angles = (Math.floor(row / heads) % positions) * (width / 2);
      for (let i = 0; i < width / 2; i++) {
        const a = x[start + 2 * i] * inverse * weight[2 * i];
        const b = x[start + 2 * i + 1] * inverse * weight[2 * i + 1];
        out[start + 2 * i] = a * cos[angles + i] - b * sin[angles + i];
        out[start + 2 * i + 1] = b * cos[angles + i] + a * sin[angles + i];
      }
    }
    return out;
  },
  flops: (node) => 7 * node.size,
  kernels: (node) => {
    const [x, weight, cosines, sines] = node.inputs;
    const [, positions, heads] = node.shape;
    return rowKernels('rms-norm-rope/forward', rowsOf(node.shape).rows, {
      buffers: { x, weight, cosines, sines, out: node },
      params: { ...rowsOf(node.shape), positions, heads, eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight.dtype) },
    });
  },
};

/** The fused equivalent of rope(norm, cos, sin), where `norm` is an rmsNorm. */
export function rmsNormRope(norm: Value, cos: Value, sin: Value): Value {
  return new Value(rmsNormRopeOp, [...norm.inputs, cos, sin], norm.attrs, norm.shape);
}
