/**
 * @file x · scale + shift with one scale and one shift a channel (CLIP's mean and deviation, latent scaling).
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

/** Inputs x, scale and, but for a gradient, shift. */
const affineOp: KernelOp = {
  name: 'affine-channels',
  reference: (_, [x, scale, shift]) => x.map((v, i) => v * scale[i % scale.length] + (shift?.[i % scale.length] ?? 0)),
  gradient: ({ inputs: [x, scale, ...shift] }, dy, needs) => [
    needs[0] ? new Value(affineOp, [dy, scale], {}, x.shape) : null,
    null,
    ...shift.map(() => null),
  ],
  flops: (node) => (node.inputs.length - 1) * node.size,
  kernels: (node) => {
    const [x, scale, shift] = node.inputs;
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'affine-channels/forward',
            buffers: { x, scale, shift: shift ?? scale, out: node },
            params: { size: node.size, channels: scale.size },
            constants: { SHIFTED: shift !== undefined },
            workgroups: grid(node.size, 64),
          },
        ],
      },
    ];
  },
};

/** out[…, c] = x[…, c] · scale[c] + shift[c] for scale and shift [C]. Gradient for x only. */
export function affineChannels(x: Value, scale: Value, shift: Value): Value {
  const channels = x.shape.at(-1);
  if (scale.size !== channels || shift.size !== channels) {
    throw new Error(`affine-channels: scale [${scale.shape}] and shift [${shift.shape}] for [${x.shape}]`);
  }
  return new Value(affineOp, [x, scale, shift], {}, x.shape);
}
