/**
 * @file The error of DiffusionNFT (arXiv 2509.16117): a row's mean square over its mean magnitude, which the gradient
 * takes for a constant. Rows far off and rows nearly right pull alike.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

/** Smallest divisor. */
const LEAST = 1e-5;

/** A row's divisor. */
function scaleOf(d: ArrayLike<number>, start: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += Math.abs(d[start + i]);
  return Math.max(sum / length, LEAST);
}

const errorOp: KernelOp = {
  name: 'scaled-error',
  reference: ({ inputs: [{ shape }] }, [d]) => {
    const [rows, length] = shape;
    return Float64Array.from({ length: rows }, (_, r) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += d[r * length + i] ** 2;
      return sum / length / scaleOf(d, r * length, length);
    });
  },
  gradient: ({ inputs: [d] }, dy) => [new Value(backwardOp, [d, dy], {}, d.shape)],
  flops: (node) => 3 * node.inputs[0].size,
  kernels: (node) => {
    const [rows, length] = node.inputs[0].shape;
    return [
      {
        variant: 'workgroup',
        dispatches: [
          {
            shader: 'scaled-error/forward',
            buffers: { d: node.inputs[0], out: node },
            params: { rows, length, least: LEAST },
            workgroups: grid(rows, 1),
          },
        ],
      },
    ];
  },
};

const backwardOp: KernelOp = {
  name: 'scaled-error-backward',
  reference: ({ shape: [, length] }, [d, dy]) =>
    d.map((v, i) => {
      const r = Math.floor(i / length);
      return (2 * v * dy[r]) / (length * scaleOf(d, r * length, length));
    }),
  flops: (node) => 3 * node.size,
  kernels: (node) => {
    const [rows, length] = node.shape;
    return [
      {
        variant: 'workgroup',
        dispatches: [
          {
            shader: 'scaled-error/backward',
            buffers: { d: node.inputs[0], dy: node.inputs[1], dd: node },
            params: { rows, length, least: LEAST },
            workgroups: grid(rows, 1),
          },
        ],
      },
    ];
  },
};

/**
 * mean d² / max(mean |d|, 1e-5) of each row of d [R, L], as [R]. @throws where d has not two dimensions
 */
export function scaledError(d: Value): Value {
  if (d.shape.length !== 2) throw new Error(`scaled-error: [${d.shape}], expected [rows, length]`);
  return new Value(errorOp, [d], {}, [d.shape[0]]);
}
