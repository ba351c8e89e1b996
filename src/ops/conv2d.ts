/**
 * @file Two-dimensional convolution over [B, H, W, C] with frozen weights, and its input gradient.
 *
 * Weights arrive laid out as [kh·kw, Cin, Cout] (`conv` layout of models/weights.ts). The gradient reads them flipped
 * and transposed, [kh·kw, Cout, Cin]: the same tensor of the bundle in another layout (`conv-transposed`).
 */
import { Value, weight, weightOp } from '../graph/graph';
import { concat } from './concat';
import { type ConvAttrs, conv2dKernels, maskDispatch, part } from './conv2d-kernels';
import type { KernelOp } from './kernel';
import { permute } from './permute';
import { slice } from './slice';
import { sumLeading } from './sum-leading';

const conv2dOp: KernelOp<ConvAttrs> = {
  name: 'conv2d',

  reference(node, data) {
    const { kernel, stride, relu } = node.attrs;
    const [B, H, W, C] = node.inputs[0].shape;
    const [, OH, OW, O] = node.shape;
    const pad = kernel >> 1;
    const at = (p: 'bias' | 'residual' | 'mask') => {
      const v = part(node, p);
      return v ? data[node.inputs.indexOf(v, 2)] : null;
    };
    const [bias, residual, mask] = [at('bias'), at('residual'), at('mask')];
    const [x, w] = data;
    const y = new Float64Array(node.size);
    for (let b = 0; b < B; b++)
      for (let oy = 0; oy < OH; oy++)
        for (let ox = 0; ox < OW; ox++)
          for (let o = 0; o < O; o++) {
            const out = ((b * OH + oy) * OW + ox) * O + o;
            let sum = (bias ? bias[o] : 0) + (residual ? residual[out] : 0);
            for (let ky = 0; ky < kernel; ky++)
              for (let kx = 0; kx < kernel; kx++) {
                const iy = oy * stride + ky - pad;
                const ix = ox * stride + kx - pad;
                if (iy < 0 || ix < 0 || iy >= H || ix >= W) continue;
                for (let c = 0; c < C; c++) {
                  const i = ((b * H + iy) * W + ix) * C + c;
                  if (mask && mask[i] <= 0) continue;
                  sum += x[i] * w[((ky * kernel + kx) * C + c) * O + o];
                }
              }
            y[out] = relu ? Math.max(0, sum) : sum;
          }
    return y;
  },

  gradient(node, dy, needs) {
    const { kernel, stride, relu, mask } = node.attrs;
    if (stride !== 1)
      throw new Error('conv2d: a strided convolution has no gradient rule (the encoder is never differentiated)');
    if (mask) throw new Error('conv2d: a masked convolution is a gradient already and has no gradient rule');
    const own = relu ? node : null;
    // Where the masked gradient exists anyway, the convolution need not mask again.
    const masked = needs.some((needed, i) => needed && i > 1) ? maskedBy(dy, own) : null;
    return node.inputs.map((operand, i) => {
      if (!needs[i] || i === 1) return null;
      if (i > 1) return operand === part(node, 'bias') ? sumLeading(masked!, operand.shape) : masked;
      const w = flipped(node.inputs[1]);
      return masked ? conv2d(masked, w, { kernel }) : conv2d(dy, w, { kernel, mask: own });
    });
  },

  flops: (node) => 2 * node.size * node.attrs.kernel ** 2 * node.inputs[0].shape[3],

  kernels: conv2dKernels,

  withResidual(node, residual) {
    const [x, w] = node.inputs;
    if (node.attrs.relu || node.attrs.residual) return null;
    return conv2d(x, w, { ...node.attrs, bias: part(node, 'bias'), residual, mask: part(node, 'mask') });
  },
};

/** w [kernel², Cin, Cout] as the input gradient reads it: [kernel², Cout, Cin], taps in reverse. */
function flipped(w: Value): Value {
  const [taps, channels, out] = w.shape;
  if (w.op === weightOp && w.attrs.layout === 'conv')
    return weight({ ...w.attrs, layout: 'conv-transposed' }, [taps, out, channels], w.dtype);
  if (w.dtype !== 'f32') throw new Error(`conv2d: only f32 weights and those in layout conv can be flipped`);
  const reversed = Array.from({ length: taps }, (_, t) => slice(w, 0, taps - 1 - t, 1));
  return permute(concat(reversed, 0), [0, 2, 1]);
}

/** dy where `mask` > 0, else 0 (dy itself without a mask): ReLU's backward from its own output. */
const maskedByOp: KernelOp = {
  name: 'masked-by',
  reference: (_, [dy, mask]) => dy.map((v, i) => (mask[i] > 0 ? v : 0)),
  flops: (node) => node.size,
  kernels: (node) => [{ variant: 'scalar', dispatches: [maskDispatch(node.inputs[0], node.inputs[1], node)] }],
};
const maskedBy = (dy: Value, mask: Value | null): Value =>
  mask ? new Value(maskedByOp, [dy, mask], {}, dy.shape) : dy;

/**
 * y = conv(x, w) + bias + residual, then ReLU where asked. Padding is kernel >> 1.
 *
 * @param x [B, H, W, Cin]  @param w [kernel², Cin, Cout], without a gradient
 */
export function conv2d(
  x: Value,
  w: Value,
  options: {
    kernel: number;
    stride?: number;
    relu?: boolean;
    bias?: Value | null;
    residual?: Value | null;
    mask?: Value | null;
  },
): Value {
  const { kernel, stride = 1, relu = false, bias = null, residual = null, mask = null } = options;
  const [b, h, width, c] = x.shape;
  if (w.shape[0] !== kernel * kernel || w.shape[1] !== c)
    throw new Error(`conv2d: weight [${w.shape}] for ${c} channels`);
  const pad = kernel >> 1;
  const out = (n: number) => Math.floor((n + 2 * pad - kernel) / stride) + 1;
  const shape = [b, out(h), out(width), w.shape[2]];
  const inputs = [x, w, ...[bias, residual, mask].filter((v) => v !== null)];
  const attrs = { kernel, stride, relu, bias: !!bias, residual: !!residual, mask: !!mask };
  return new Value(conv2dOp, inputs, attrs, shape);
}
