/**
 * @file rope(rmsNorm(x)) in one kernel, for queries and keys: of one tensor, of two joined along their positions, and its
 * gradient. Made by fusion (rope.ts, rms-norm.ts), after differentiation.
 */
import { type Shape, Value } from '../graph/graph';
import { dtypeCode, type KernelOp, type PartRule, wholeParts } from './kernel';
import { rowKernels, rowsOf } from './rows';

interface Attrs {
  eps: number;
  /** Tensors that are treated alike, each with inputs of its own, and lie one after the other. By merging only. */
  parts: number;
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

/** Inputs of each part, `each` of them, after those of the part before; then cos and sin. */
const partsOf = <T>(inputs: readonly T[], each: number): T[][] =>
  Array.from({ length: (inputs.length - 2) / each }, (_, i) => inputs.slice(i * each, (i + 1) * each));

/** Parts have the same tables and the same sizes. */
function alikeBy(each: number): PartRule<Attrs> {
  return {
    alike: ({ inputs, attrs, shape }) => {
      const apart = inputs.slice(0, each);
      if (attrs.parts > 1 || !wholeParts(shape)) return [];
      const key = JSON.stringify([attrs.eps, apart.map((v) => [v.shape, v.dtype])]);
      return [{ key, shared: inputs.slice(each), apart }];
    },
    join: (nodes) => {
      const [{ op, inputs, attrs, shape }] = nodes;
      const own = nodes.flatMap((node) => node.inputs.slice(0, each));
      const joined = [nodes.length, ...shape];
      return new Value(op, [...own, ...inputs.slice(each)], { ...attrs, parts: nodes.length }, joined, 'f32', nodes[0]);
    },
  };
}

/** Inputs are x [B, S, H, D], weight [D], cos and sin [S, D/2]; output [B, S, H, D], or of several parts [parts, B, S, H, D]. */
const rmsNormRopeOp: KernelOp<Attrs> = {
  name: 'rms-norm-rope',
  reference: ({ shape, attrs }, data) => {
    const tables = data.slice(-2);
    const parts = partsOf(data, 2).map((own) => normRope(own, tables, shape.slice(-4), attrs.eps));
    return Float64Array.from(parts.flatMap((part) => [...part]));
  },
  flops: (node) => 7 * node.size,
  kernels: (node) => {
    const [cosines, sines] = node.inputs.slice(-2);
    const [x, weight] = [0, 1].map((i) => partsOf(node.inputs, 2).map((own) => own[i]));
    const [, positions, heads] = node.shape.slice(-4);
    return rowKernels('rms-norm-rope/forward', rowsOf(node.shape).rows, {
      buffers: { x, weight, cosines, sines, out: node },
      params: { ...rowsOf(node.shape), positions, heads, eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight[0].dtype), PARTS: node.attrs.parts },
    });
  },
  parts: alikeBy(2),
};

/**
 * Inputs are x [B, S, H, D] and its weight, x_1 [B, S_1, H, D] and its weight, cos and sin [S + S_1, D/2]; output
 * [B, S + S_1, H, D], or of several parts [parts, B, S + S_1, H, D].
 */
const jointOp: KernelOp<Attrs> = {
  name: 'rms-norm-rope-joint',
  reference: (node, data) => {
    const [cos, sin] = data.slice(-2);
    const [batch, positions, heads, width] = node.shape.slice(-4);
    const out = new Float64Array(node.size);
    partsOf(data, 4).forEach(([x, weight, x1, weight1], i) => {
      let from = 0;
      for (const own of [
        [x, weight],
        [x1, weight1],
      ]) {
        const run = own[0].length / batch;
        const length = run / heads / width;
        const table = (t: Float64Array) => t.subarray((from * width) / 2, ((from + length) * width) / 2);
        const half = normRope(own, [table(cos), table(sin)], [batch, length, heads, width], node.attrs.eps);
        for (let b = 0; b < batch; b++)
          out.set(half.subarray(b * run, (b + 1) * run), ((i * batch + b) * positions + from) * heads * width);
        from += length;
      }
    });
    return out;
  },
  flops: (node) => 7 * node.size,
  kernels: (node) => {
    const [cosines, sines] = node.inputs.slice(-2);
    const [x, weight, x1, weight1] = [0, 1, 2, 3].map((i) => partsOf(node.inputs, 4).map((own) => own[i]));
    const [, positions, heads] = node.shape.slice(-4);
    return rowKernels('rms-norm-rope/joint', rowsOf(node.shape).rows, {
      buffers: { x, weight, x_1: x1, weight_1: weight1, cosines, sines, out: node },
      params: { ...rowsOf(node.shape), positions, first: x[0].shape[1], heads, eps: node.attrs.eps },
      constants: { W_DTYPE: dtypeCode(weight[0].dtype), PARTS: node.attrs.parts },
    });
  },
  parts: alikeBy(4),
};

interface BackwardAttrs {
  eps: number;
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
  return new Value(rmsNormRopeOp, [...norm.inputs, cos, sin], { eps: norm.attrs.eps, parts: 1 }, norm.shape);
}

/** The fused equivalent of rope(joined, cos, sin), where `joined` are two rmsNorms one after the other; null where not. */
export function jointRmsNormRope(joined: Value, cos: Value, sin: Value): Value | null {
  const [a, b] = joined.inputs;
  if (a.attrs.eps !== b.attrs.eps || a.inputs[1].dtype !== b.inputs[1].dtype) return null;
  return new Value(jointOp, [...a.inputs, ...b.inputs, cos, sin], { eps: a.attrs.eps, parts: 1 }, joined.shape);
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
