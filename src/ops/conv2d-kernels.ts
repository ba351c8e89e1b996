/**
 * @file What a convolution is given by, and its kernels: which WGSL variant can compute which sizes, and how it is dispatched.
 */
import type { Value } from '../graph/graph';
import { grid } from './grid';
import { type Dispatch, dtypeCode, type Kernel } from './kernel';

export interface ConvAttrs {
  kernel: number;
  stride: number;
  /** y = max(0, conv + bias + residual). */
  relu: boolean;
  bias: boolean;
  residual: boolean;
  /** The input counts only where the mask (last input, same shape as x) is positive: ReLU's backward. */
  mask: boolean;
}

type Node = Value<ConvAttrs>;

/** An optional operand of a conv2d node, or null. */
export function part(node: Node, which: 'bias' | 'residual' | 'mask'): Value | null {
  const names = (['bias', 'residual', 'mask'] as const).filter((p) => node.attrs[p]);
  const at = names.indexOf(which);
  return at < 0 ? null : node.inputs[2 + at];
}

/** Candidates for the tuner. All of them work on any adapter that has their feature. */
export function conv2dKernels(node: Node): Kernel[] {
  const [x, w] = node.inputs;
  const [batch, outH, outW, outChannels] = node.shape;
  const channels = x.shape[3];
  const pixels = outH * outW;
  const subgroup = (lanes: number, suits: 'cpu' | 'gpu', shader: string, counts: [number, number]): Kernel => ({
    variant: `subgroup-${lanes}`,
    feature: 'subgroups',
    subgroupSize: 8,
    suits,
    dispatches: [dispatch(node, shader, { WORKGROUP: lanes }, [...counts, batch])],
  });
  let kernels: Kernel[];
  const quads = Math.min(32, 2 ** Math.ceil(Math.log2(outChannels / 4)));
  const runs = ceil(outH * ceil(outW, 8), 32 / quads);
  if (outChannels % 4 || runs > 65535) {
    const [columns, rows] = grid(pixels * outChannels, 64);
    const precision = { W_DTYPE: dtypeCode(w.dtype) };
    kernels = [{ variant: 'scalar', dispatches: [dispatch(node, 'conv2d/scalar', precision, [columns, rows, batch])] }];
    if (outChannels <= 4 && channels % 4 === 0) {
      const thin = subgroup(8, 'cpu', 'conv2d/thin', [ceil(pixels, 32), 1]);
      Object.assign(thin.dispatches[0].constants!, precision);
      if (ceil(pixels, 32) <= 65535) kernels.push(thin);
    }
  } else {
    const read = `weights=${w.dtype} input=${channels % 4 ? 'any' : 'quads'}`;
    const counts = (lanes: number): [number, number] => [ceil(pixels, 16), ceil(outChannels, 4 * lanes)];
    const registers = [runs, ceil(outChannels, 4 * quads), batch] as const;
    const tiled: Kernel = {
      variant: 'tiled',
      suits: 'gpu',
      dispatches: [dispatch(node, `conv2d/tiled ${read}`, {}, [ceil(pixels, 64), ceil(outChannels, 64), batch])],
    };
    kernels = [
      {
        variant: 'registers',
        dispatches: [dispatch(node, `conv2d/registers ${read}`, { QUADS: quads }, registers)],
      },
      subgroup(8, 'cpu', `conv2d/subgroup ${read}`, counts(8)),
      subgroup(32, 'gpu', `conv2d/subgroup ${read}`, counts(32)),
      ...(channels >= 16 && outChannels >= 32 ? [tiled] : []),
    ].filter(({ dispatches: [d] }) => d.workgroups[0] <= 65535);
  }
  return kernels.flatMap((kernel) => [kernel, ...maskedBefore(node, kernel)]);
}

const ceil = (a: number, b: number): number => Math.ceil(a / b);

/** The same kernel after a pass that applies the mask, where there is one: it reads the input several times over. */
function maskedBefore(node: Node, { dispatches: [conv], ...kernel }: Kernel): Kernel[] {
  const mask = part(node, 'mask');
  if (!mask) return [];
  const [x] = node.inputs;
  const buffers = { ...conv.buffers, x: 'masked', mask: 'masked', residual: part(node, 'residual') ?? 'masked' };
  return [
    {
      ...kernel,
      variant: `masked-${kernel.variant}`,
      scratch: { masked: x.bytes },
      dispatches: [
        maskDispatch(x, mask, 'masked'),
        { ...conv, buffers, constants: { ...conv.constants, HAS_MASK: false } },
      ],
    },
  ];
}

/** out = dy where mask > 0, else 0. */
export function maskDispatch(dy: Value, mask: Value, out: Value | string): Dispatch {
  const quads = dy.size % 4 === 0;
  const count = quads ? dy.size / 4 : dy.size;
  return {
    shader: quads ? 'conv2d/masked-by-quads' : 'conv2d/masked-by',
    buffers: { dy, mask, out },
    params: { count },
    workgroups: grid(count, 64),
  };
}

function dispatch(
  node: Node,
  shader: string,
  constants: Record<string, number | boolean>,
  workgroups: readonly [number, number, number],
): Dispatch {
  const [x, w] = node.inputs;
  const [, h, width, channels] = x.shape;
  const [, outH, outW, outChannels] = node.shape;
  const [bias, residual, mask] = [part(node, 'bias'), part(node, 'residual'), part(node, 'mask')];
  const { kernel, stride, relu } = node.attrs;
  return {
    shader,
    // Absent operands are bound to something that is already read.
    buffers: { x, b: w, bias: bias ?? w, residual: residual ?? x, mask: mask ?? x, out: node },
    params: { h, w: width, channels, out_h: outH, out_w: outW, out_channels: outChannels, kernel, stride },
    constants: {
      HAS_BIAS: !!bias,
      BIAS_DTYPE: dtypeCode(bias?.dtype ?? 'f32'),
      HAS_RESIDUAL: !!residual,
      HAS_MASK: !!mask,
      RELU: relu,
      ...constants,
    },
    workgroups,
  };
}
