/**
 * @file Axes in another order.
 */
import { Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { reshape } from './reshape';
import { stridedCopy, strides } from './strided-copy';

interface Permutation {
  axes: readonly number[];
}

const permuteOp: KernelOp<Permutation> = {
  name: 'permute',
  reference: ({ inputs: [x], attrs: { axes }, shape, size }, [data]) => {
    const source = strides(x.shape);
    const target = strides(shape);
    return Float64Array.from({ length: size }, (_, i) => {
      let from = 0;
      axes.forEach((axis, a) => {
        from += (Math.floor(i / target[a]) % shape[a]) * source[axis];
      });
      return data[from];
    });
  },
  gradient: ({ attrs: { axes } }, dy) => [
    permute(
      dy,
      axes.map((_, i) => axes.indexOf(i)),
    ),
  ],
  // permute(permute(x)) is one permutation, and nothing at all where they undo each other.
  fuse: ({ inputs: [x], attrs: { axes } }) =>
    x.op === permuteOp
      ? ordered(
          x.inputs[0],
          axes.map((a) => x.attrs.axes[a]),
        )
      : null,
  kernels: (node) => {
    const [x] = node.inputs;
    const source = strides(x.shape);
    const from = node.attrs.axes.map((axis) => source[axis]);
    return [
      { variant: 'copy', dispatches: [stridedCopy(x, node, { sizes: node.shape, from, to: strides(node.shape) })] },
    ];
  },
};

/** A permutation that moves only axes of size 1 leaves the numbers where they are: a reshape. */
function ordered(x: Value, axes: readonly number[]): Value {
  const shape = axes.map((a) => x.shape[a]);
  const moving = axes.filter((a) => x.shape[a] > 1);
  if (moving.every((a, i) => i === 0 || a > moving[i - 1])) return reshape(x, shape);
  return new Value(permuteOp, [x], { axes }, shape);
}

/**
 * The axes of x in the order `axes`: out.shape[i] = x.shape[axes[i]], as numpy.transpose. Up to six axes.
 * @throws where `axes` does not name every axis once.
 */
export function permute(x: Value, axes: readonly number[]): Value {
  if (axes.length !== x.shape.length || x.shape.length > 6 || x.shape.some((_, i) => !axes.includes(i))) {
    throw new Error(`permute: [${axes}] does not order the axes of [${x.shape}]`);
  }
  return ordered(x, axes);
}
