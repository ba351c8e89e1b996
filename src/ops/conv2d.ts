/**
 * @file Two-dimensional convolution over [B, H, W, C] with frozen weights, and its input gradient.
 *
 * Weights arrive laid out as [kh·kw, Cin, Cout] (`conv` layout of models/weights.ts). The gradient
 * needs them flipped and transposed, [kh·kw, Cout, Cin] (`conv-transposed`); the caller gives both, and
 * the second disappears with the dead code where nothing is differentiated.
 */
import { type Kernel, type Op, Value } from '../graph/graph';

export interface ConvAttrs {
  kernel: number;
  stride: number;
  /** y = max(0, conv + bias + residual). */
  relu: boolean;
  bias: boolean;
  residual: boolean;
  /** The input counts only where the mask (last input, same shape as x) is positive: ReLU's backward. */
  mask: boolean;
  /** Weights of the input gradient; not an input of the forward. */
  transposed: Value | null;
}

const part = (node: Value<ConvAttrs>, which: 'bias' | 'residual' | 'mask'): Value | null => {
  const names = (['bias', 'residual', 'mask'] as const).filter((p) => node.attrs[p]);
  const at = names.indexOf(which);
  return at < 0 ? null : node.inputs[2 + at];
};

export const conv2dOp: Op<ConvAttrs> = {
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
    const { kernel, stride, relu, transposed } = node.attrs;
    if (stride !== 1) throw new Error('conv2d: a strided convolution has no gradient rule (the encoder is never differentiated)');
    if (!transposed) throw new Error('conv2d: no transposed weights were given, so it cannot be differentiated');
    const mask = relu ? node : null;
    const dx = needs[0] ? conv2d(dy, transposed, { kernel, mask }) : null;
    const grads: (Value | null)[] = [dx, null];
    if (node.attrs.bias) grads.push(null);
    if (node.attrs.residual) grads.push(needs[node.inputs.indexOf(part(node, 'residual')!, 2)] ? maskedBy(dy, mask) : null);
    return grads;
  },

  flops: (node) => 2 * node.size * node.attrs.kernel ** 2 * node.inputs[0].shape[3],

  kernels: (node) => [scalarKernel(node)],
};

function scalarKernel(node: Value<ConvAttrs>): Kernel {
  const [x, w] = node.inputs;
  const [, h, width, channels] = x.shape;
  const [batch, outH, outW, outChannels] = node.shape;
  const { kernel, stride, relu, bias, residual, mask } = node.attrs;
  const dtypes = { f32: 0, f16: 1, bf16: 2 };
  return {
    variant: 'scalar',
    dispatches: [
      {
        shader: 'conv2d/scalar',
        buffers: {
          x,
          w,
          bias: part(node, 'bias') ?? w,
          residual: part(node, 'residual') ?? x,
          mask: part(node, 'mask') ?? x,
          out: node,
        },
        params: { h, w: width, channels, out_h: outH, out_w: outW, out_channels: outChannels, kernel, stride },
        constants: {
          W_DTYPE: dtypes[w.dtype],
          BIAS_DTYPE: dtypes[part(node, 'bias')?.dtype ?? 'f32'],
          HAS_BIAS: bias,
          HAS_RESIDUAL: residual,
          HAS_MASK: mask,
          RELU: relu,
        },
        workgroups: [Math.ceil((outW * outChannels) / 64), outH, batch],
      },
    ],
  };
}

/** dy where `mask` > 0, else 0 (dy itself without a mask): ReLU's backward from its own output. */
const maskedByOp: Op = {
  name: 'masked-by',
  reference: (_, [dy, mask]) => dy.map((v, i) => (mask[i] > 0 ? v : 0)),
  flops: (node) => node.size,
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'conv2d/masked-by',
          buffers: { dy: node.inputs[0], mask: node.inputs[1], out: node },
          params: { count: node.size },
          workgroups: [Math.min(65535, Math.ceil(node.size / 64)), Math.ceil(node.size / 64 / 65535), 1],
        },
      ],
    },
  ],
};
const maskedBy = (dy: Value, mask: Value | null): Value => (mask ? new Value(maskedByOp, [dy, mask], {}, dy.shape) : dy);

/**
 * y = conv(x, w) + bias + residual, then ReLU where asked. Padding is kernel >> 1.
 *
 * @param x [B, H, W, Cin]  @param w [kernel², Cin, Cout]
 * @param options.transposed [kernel², Cout, Cin], flipped: needed where x's gradient is wanted
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
    transposed?: Value | null;
  },
): Value {
  const { kernel, stride = 1, relu = false, bias = null, residual = null, mask = null, transposed = null } = options;
  const [b, h, width, c] = x.shape;
  if (w.shape[0] !== kernel * kernel || w.shape[1] !== c) throw new Error(`conv2d: weight [${w.shape}] for ${c} channels`);
  const pad = kernel >> 1;
  const out = (n: number) => Math.floor((n + 2 * pad - kernel) / stride) + 1;
  const shape = [b, out(h), out(width), w.shape[2]];
  const inputs = [x, w, ...[bias, residual, mask].filter((v) => v !== null)];
  const attrs = { kernel, stride, relu, bias: !!bias, residual: !!residual, mask: !!mask, transposed };
  return new Value(conv2dOp, inputs, attrs, shape);
}
