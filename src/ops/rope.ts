/**
 * @file Rotary position embedding as FLUX applies it (diffusers' apply_rotary_emb, use_real_unbind_dim −1).
 */
import { sameShape, Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { pointwiseKernels } from './pointwise';
import { jointRmsNormRope, rmsNormRope } from './rms-norm-rope';

interface Attrs {
  /** Rotate by the negative angle: the gradient of the rotation. */
  inverse: boolean;
}

const ropeOp: KernelOp<Attrs> = {
  name: 'rope',
  reference: ({ shape, attrs }, [x, cos, sin]) => {
    const [, positions, heads, width] = shape;
    const half = width / 2;
    const out = new Float64Array(x.length);
    for (let pair = 0; pair < x.length / 2; pair++) {
      const position = Math.floor(pair / (half * heads)) % positions;
      const angle = position * half + (pair % half);
      const c = cos[angle];
      const s = attrs.inverse ? -sin[angle] : sin[angle];
      out[2 * pair] = x[2 * pair] * c - x[2 * pair + 1] * s;
      out[2 * pair + 1] = x[2 * pair + 1] * c + x[2 * pair] * s;
    }
    return out;
  },
  gradient: ({ inputs: [, cos, sin], attrs }, dy, needs) => [
    needs[0] ? new Value(ropeOp, [dy, cos, sin], { inverse: !attrs.inverse }, dy.shape) : null,
    null,
    null,
  ],
  flops: (node) => 3 * node.size,
  fuse: ({ inputs: [x, cos, sin], attrs }, uses) => {
    const isAlone = (v: Value) => uses(v) === 1 && !v.label;
    const isNorm = (v: Value) => v.op.name === 'rms-norm' && isAlone(v);
    if (attrs.inverse) return null;
    if (isNorm(x)) return rmsNormRope(x, cos, sin);
    const isJoint = x.op.name === 'concat' && x.attrs.axis === 1 && x.inputs.length === 2 && isAlone(x);
    return isJoint && x.inputs.every(isNorm) ? jointRmsNormRope(x, cos, sin) : null;
  },
  kernels: (node) => {
    const [x, cosines, sines] = node.inputs;
    const [, positions, heads, width] = node.shape;
    return pointwiseKernels('rope/forward', node.size / 2, {
      buffers: { x, cosines, sines, out: node },
      params: { count: node.size / 2, positions, heads, half: width / 2 },
      constants: { INVERSE: node.attrs.inverse },
    });
  },
};

/**
 * Rotates the pairs (2i, 2i+1) of x [B, S, H, D] by the angles whose cosines and sines are [S, D/2]:
 * y0 = x0 cos − x1 sin, y1 = x1 cos + x0 sin. The tables are constants: they get no gradient.
 * @throws where D is odd or the tables have another shape.
 */
export function rope(x: Value, cos: Value, sin: Value): Value {
  const [, positions, , width] = x.shape;
  if (x.shape.length !== 4 || width % 2) throw new Error(`rope: x is [${x.shape}], not [batch, position, head, even]`);
  for (const table of [cos, sin])
    if (!sameShape(table.shape, [positions, width / 2]))
      throw new Error(`rope: a table is [${table.shape}], not [${[positions, width / 2]}]`);
  return new Value(ropeOp, [x, cos, sin], { inverse: false }, x.shape);
}
