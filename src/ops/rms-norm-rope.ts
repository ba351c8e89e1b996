/**
 * @file rope(rmsNorm(x)) in one kernel, for queries and keys: of one tensor, of two joined along their positions, and its
 * gradient. Made by fusion (rope.ts, rms-norm.ts), after differentiation.
 */
import { type Shape, Value } from '../graph/graph';
import { dtypeCode, type KernelOp } from './kernel';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  eps: number;
}

/** Reference, row by row. */
function normRope(
  [x, weight]: readonly Float64Array[],
  [cos, sin]: readonly Float64Array[],
  [, positions, heads, width]: Shape,
  eps: number,
): Float64Array {
  const out = new Float64Array(x.length);
  for (let row = 0; row < x.length / width; row++) {
    const start = row * width;
    const squares = x.subarray(start, start + width).reduce((sum, v) => sum + v * v, 0);
    const inverse = 1 / Math.sqrt(squares / width + eps);
    const angles = (Math.floor(row / heads) % positions) * (width / 2);
    for (let i = 0; i < width / 2; i++) {
      const a = x[start + 2 * i] * inverse * weight[2 * i];
      const b = x[start + 2 * i + 1] * inverse * weight[2 * i + 1];
      out[start + 2 * i] = a * cos[angles + i] - b * sin[angles + i];
      out[start + 2 * i + 1] = b * cos[angles + i] + a * sin[angles + i];
    }
  }
  return out;
}

/** Inputs are x [B, S, H, D], weight [D], cos and sin [S, D/2]. */
const rmsNormRopeOp: KernelOp<Attrs> = {
  name: 'rms-norm-rope',
  reference: ({ shape, attrs }, [x, weight, cos, sin]) => normRope([x, weight], [cos, sin], shape, attrs.eps),
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

/** Inputs are x [B, S, H, D] and its weight, x_1 [B, S_1, H, D] and its weight, cos and sin [S + S_1, D/2]. */
const jointOp: KernelOp<Attrs> = {
  name: 'rms-norm-rope-joint',
  reference: (node, [x, weight, x1, weight1, cos, sin]) => {
    const [batch, positions, heads, width] = node.shape;
    const out = new Float64Array(node.size);
    let from = 0;
    [
      { length: node.inputs[0].shape[1], data: [x, weight] },
      { length: node.inputs[2].shape[1], data: [x1, weight1] },
    ].forEach(({ length, data }) => {
      const table = (t: Float64Array) => t.subarray((from * width) / 2, ((from + length) * width) / 2);
      const part = normRope(data, [table(cos), table(sin)], [batch, length, heads, width], node.attrs.eps);
      const run = length * heads * width;
      for (let b = 0; b < batch; b++)
        out.set(part.subarray(b * run, (b + 1) * run), (b * positions + from) * heads * width);
      from += length;
    });
    return out;
  },
  flops: (node) => 7 * node.size,
  kernels: (node) => {
    const [x, weight, x1, weight1, cosines, sines] = node.inputs;
    const [, positions, heads] = node.shape;
    return rowKernels('rms-norm-rope/joint', rowsOf(node.shape).rows, {
      buffers: { x, weight, x_1: x1, weight_1: weight1, cosines, sines, out: node },
      params: { ...rowsOf(node.shape), positions, first: x.shape[1], heads, eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight.dtype) },
    });
  },
};

interface BackwardAttrs extends Attrs {
  /** The position of dy that x's first one is. */
  from: number;
}

/** dx from x [B, S, H, D], dy [B, positions, H, D], weight, cos and sin [positions, D/2]. */
const backwardOp: KernelOp<BackwardAttrs> = {
  name: 'rms-norm-rope-backward',
  reference: (node, [x, dy, weight, cos, sin]) => {
    const [, own, heads, width] = node.shape;
    const positions = node.inputs[1].shape[1];
    const out = new Float64Array(node.size);
    const g = new Float64Array(width);
    for (let row = 0; row < node.size / width; row++) {
      const head = row % heads;
      const position = node.attrs.from + (Math.floor(row / heads) % own);
      const at = ((Math.floor(row / (heads * own)) * positions + position) * heads + head) * width;
      for (let i = 0; i < width; i += 2) {
        const [c, s] = [cos, sin].map((t) => t[(position * width + i) / 2]);
        g[i] = weight[i] * (dy[at + i] * c + dy[at + i + 1] * s);
        g[i + 1] = weight[i + 1] * (dy[at + i + 1] * c - dy[at + i] * s);
      }
      const values = x.subarray(row * width, (row + 1) * width);
      const inverse = 1 / Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / width + node.attrs.eps);
      const slope = (values.reduce((sum, v, i) => sum + v * g[i], 0) / width) * inverse ** 2;
      for (let i = 0; i < width; i++) out[row * width + i] = inverse * (g[i] - values[i] * slope);
    }
    return out;
  },
  flops: (node) => 12 * node.size,
  kernels: (node) => {
    const [x, dy, weight, cosines, sines] = node.inputs;
    const [, own, heads] = node.shape;
    const { eps, from } = node.attrs;
    return rowKernels('rms-norm-rope/backward', rowsOf(node.shape).rows, {
      buffers: { x, dy, weight, cosines, sines, out: node },
      params: { ...rowsOf(node.shape), positions: dy.shape[1], own, first: from, heads, eps },
      constants: { W_DTYPE: dtypeCode(weight.dtype) },
    });
  },
};

/** The fused equivalent of rope(norm, cos, sin), where `norm` is an rmsNorm. */
export function rmsNormRope(norm: Value, cos: Value, sin: Value): Value {
  return new Value(rmsNormRopeOp, [...norm.inputs, cos, sin], norm.attrs, norm.shape);
}

/** The fused equivalent of rope(joined, cos, sin), where `joined` are two rmsNorms one after the other; null where not. */
export function jointRmsNormRope(joined: Value, cos: Value, sin: Value): Value | null {
  const [a, b] = joined.inputs;
  if (a.attrs.eps !== b.attrs.eps || a.inputs[1].dtype !== b.inputs[1].dtype) return null;
  return new Value(jointOp, [...a.inputs, ...b.inputs, cos, sin], { eps: a.attrs.eps }, joined.shape);
}

/**
 * The gradient of an rmsNorm's x where `dy` is what a rotation back gives, or some of its positions; null where not.
 * @param inputs x, dy and the weight
 */
export function rmsNormRopeBackward([x, dy, weight]: readonly Value[], eps: number): Value | null {
  const isPart = dy.op.name === 'slice' && dy.attrs.axis === 1;
  const rotation = isPart ? dy.inputs[0] : dy;
  if (rotation.op.name !== 'rope' || !rotation.attrs.inverse) return null;
  const [from, cos, sin] = rotation.inputs;
  const attrs = { eps, from: isPart ? dy.attrs.start : 0 };
  return new Value(backwardOp, [x, from, weight, cos, sin], attrs, x.shape);
}
