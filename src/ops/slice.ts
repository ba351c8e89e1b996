/**
 * @file A range of one axis, and its adjoint: zeros around it.
 */
import { type Shape, sizeOf, Value } from '../graph/graph';
import { grid } from './grid';
import { type Dispatch, type KernelOp, ofOtherParts, startsOf, wholeParts } from './kernel';
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
  parts: {
    alike: (node) => {
      const { inputs, attrs, shape } = node;
      const isCopy = sliceOp.view!(node) === null && inner(shape, attrs.axis) % 4 === 0;
      return isCopy && wholeParts(shape) ? [{ key: `${attrs.axis}`, shared: inputs, apart: [] }] : [];
    },
    join: (nodes) => {
      const [{ inputs, attrs }] = nodes;
      const parts = nodes.map((node) => ({ start: node.attrs.start, length: node.attrs.length }));
      const size = nodes.reduce((sum, node) => sum + node.size, 0);
      return new Value(severalOp, inputs, { axis: attrs.axis, parts }, [size], 'f32', nodes[0]);
    },
  },
};

/** Ranges of one axis, one after the other, each as a slice of its own would be. */
const severalOp: KernelOp<{ axis: number; parts: readonly Pick<Range, 'start' | 'length'>[] }> = {
  name: 'several-slices',
  reference: ({ inputs, attrs: { axis, parts } }, data) => {
    const [x] = inputs;
    const each = parts.map((part) => {
      const shape = x.shape.with(axis, part.length);
      const node = { inputs, attrs: { axis, ...part }, size: sizeOf(shape) } as unknown as Value<Range>;
      return sliceOp.reference!(node, data);
    });
    return Float64Array.from(each.flatMap((part) => [...part]));
  },
  kernels: (node) => {
    const [x] = node.inputs;
    const { axis, parts } = node.attrs;
    const quads = inner(x.shape, axis) / 4;
    const outer = sizeOf(x.shape.slice(0, axis));
    const runs = parts.map(({ length }) => length * quads);
    const starts = startsOf(runs.map((run) => run * outer));
    const dispatch: Dispatch = {
      shader: 'slice/several',
      buffers: { x, out: node },
      params: {
        count: node.size / 4,
        stride: x.shape[axis] * quads,
        run: runs[0],
        first: parts[0].start * quads,
        ...ofOtherParts('run', (i) => runs[i] ?? 1),
        ...ofOtherParts('first', (i) => (parts[i]?.start ?? 0) * quads),
        ...ofOtherParts('start', (i) => starts[i] ?? 0),
      },
      constants: { PARTS: parts.length },
      workgroups: grid(node.size / 4, 64),
    };
    return [{ variant: 'copy', dispatches: [dispatch] }];
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
