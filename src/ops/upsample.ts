/**
 * @file Nearest-neighbour upsampling of pictures, torch's `interpolate(mode='nearest', scale_factor)`.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';
import { stridedCopy, strides } from './strided-copy';

interface Factor {
  factor: number;
}

const upsampleOp: KernelOp<Factor> = {
  name: 'upsample-nearest',
  reference: ({ inputs: [x], attrs: { factor }, shape, size }, [data]) => {
    const [, height, width, channels] = x.shape;
    return Float64Array.from({ length: size }, (_, i) => {
      const c = i % channels;
      const w = Math.floor(i / channels) % shape[2];
      const h = Math.floor(i / (channels * shape[2])) % shape[1];
      const b = Math.floor(i / (channels * shape[2] * shape[1]));
      return data[((b * height + Math.floor(h / factor)) * width + Math.floor(w / factor)) * channels + c];
    });
  },
  gradient: ({ inputs: [x], attrs }, dy) => [new Value(blockSumOp, [dy], attrs, x.shape)],
  kernels: (node) => {
    const [x] = node.inputs;
    const [batch, height, width, channels] = x.shape;
    const { factor } = node.attrs;
    const sizes = [batch, height, factor, width, factor, channels];
    const [b, h, w, c] = strides(x.shape);
    return [
      { variant: 'copy', dispatches: [stridedCopy(x, node, { sizes, from: [b, h, 0, w, 0, c], to: strides(sizes) })] },
    ];
  },
};

const blockSumOp: KernelOp<Factor> = {
  name: 'upsample-nearest-backward',
  reference: ({ inputs: [dy], attrs: { factor }, shape, size }, [data]) => {
    const [, height, width, channels] = shape;
    const out = new Float64Array(size);
    const [, tall, wide] = dy.shape;
    data.forEach((v, i) => {
      const c = i % channels;
      const w = Math.floor((Math.floor(i / channels) % wide) / factor);
      const h = Math.floor((Math.floor(i / (channels * wide)) % tall) / factor);
      const b = Math.floor(i / (channels * wide * tall));
      out[((b * height + h) * width + w) * channels + c] += v;
    });
    return out;
  },
  flops: (node) => node.inputs[0].size,
  kernels: (node) => {
    const [, , width, channels] = node.shape;
    const step = channels % 4 === 0 ? 4 : 1;
    return [
      {
        variant: 'direct',
        dispatches: [
          {
            shader: step === 4 ? 'upsample-nearest/backward-vec4' : 'upsample-nearest/backward',
            buffers: { dy: node.inputs[0], dx: node },
            params: { count: node.size / step, width, channels: channels / step, factor: node.attrs.factor },
            workgroups: grid(node.size / step, 64),
          },
        ],
      },
    ];
  },
};

/** x [B, H, W, C] → [B, factor·H, factor·W, C], every pixel repeated factor × factor times. */
export function upsampleNearest(x: Value, factor: number): Value {
  if (x.shape.length !== 4 || !Number.isInteger(factor) || factor < 1) {
    throw new Error(`upsample: [${x.shape}] by ${factor}, expected [B, H, W, C] and a positive integer`);
  }
  const [batch, height, width, channels] = x.shape;
  return factor === 1 ? x : new Value(upsampleOp, [x], { factor }, [batch, height * factor, width * factor, channels]);
}
