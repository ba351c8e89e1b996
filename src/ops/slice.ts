/**
 * @file A range of one axis, and its adjoint: zeros around it.
 */
import { type Shape, sizeOf, Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';
import { stridedCopy } from './strided-copy';

interface Range {
  axis: number;
  start: number;
  length: number;
}

const inner = (shape: Shape, axis: number) => sizeOf(shape.slice(axis + 1));

const sliceOp: KernelOp<Range> = {
  name: 'slice',
  reference: ({ inputs: [x], attrs, size }, [data]) => {
    const run = attrs.length * inner(x.shape, attrs.axis);
    const stride = x.shape[attrs.axis] * inner(x.shape, attrs.axis);
    const first = attrs.start * inner(x.shape, attrs.axis);
    return Float64Array.from({ length: size }, (_, i) => data[Math.floor(i / run) * stride + first + (i % run)]);
  },
  gradient: ({ inputs: [x], attrs }, dy) => [new Value(padOp, [dy], attrs, x.shape)],
  view: ({ inputs: [x], attrs: { axis, start } }) =>
    sizeOf(x.shape.slice(0, axis)) === 1 ? start * inner(x.shape, axis) : null,
  // slice(slice(x)) along one axis is one slice.
  fuse: ({ inputs: [x], attrs, shape }) =>
    x.op === sliceOp && x.attrs.axis === attrs.axis
      ? new Value(sliceOp, x.inputs, { ...attrs, start: x.attrs.start + attrs.start }, shape)
      : null,
  kernels: (node) => {
    const { inputs, attrs } = node;
    const [x] = inputs;
    const run = attrs.length * inner(x.shape, attrs.axis);
    const stride = x.shape[attrs.axis] * inner(x.shape, attrs.axis);
    const block = { sizes: [node.size / run, run], from: [stride, 1], to: [run, 1] };
    const fromOffset = attrs.start * inner(x.shape, attrs.axis);
    return [{ variant: 'copy', dispatches: [stridedCopy(x, node, { ...block, fromOffset })] }];
  },
};

const padOp: KernelOp<Range> = {
  name: 'pad',
  reference: ({ shape, attrs, size }, [data]) => {
    const run = attrs.length * inner(shape, attrs.axis);
    const stride = shape[attrs.axis] * inner(shape, attrs.axis);
    const first = attrs.start * inner(shape, attrs.axis);
    const out = new Float64Array(size);
    data.forEach((v, i) => {
      out[Math.floor(i / run) * stride + first + (i % run)] = v;
    });
    return out;
  },
  gradient: ({ attrs }, dy) => [slice(dy, attrs.axis, attrs.start, attrs.length)],
  kernels: (node) => {
    const { inputs, attrs, shape, size } = node;
    const { axis, start, length } = attrs;
    return [
      {
        variant: 'scalar',
        dispatches: [
          {
            shader: 'pad/forward',
            buffers: { x: inputs[0], out: node },
            params: { count: size, axis: shape[axis], inner: inner(shape, axis), start, length },
            workgroups: grid(size, 64),
          },
        ],
      },
    ];
  },
};

/**
 * x[…, start : start + length, …] along `axis`; x itself where that is everything.
 * @throws where the range leaves the axis.
 */
export function slice(x: Value, axis: number, start: number, length: number): Value {
  if (!(axis in x.shape) || start < 0 || length < 1 || start + length > x.shape[axis]) {
    throw new Error(`slice: ${start}…${start + length} is not a range of axis ${axis} of [${x.shape}]`);
  }
  if (length === x.shape[axis]) return x;
  return new Value(sliceOp, [x], { axis, start, length }, x.shape.with(axis, length));
}
