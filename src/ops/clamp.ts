/**
 * @file Limits every element to a range; the gradient passes inside it, ends included, as in torch.
 */
import { Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { pointwiseKernels } from './pointwise';

interface Attrs {
  low: number;
  high: number;
}

const clampOp: KernelOp<Attrs> = {
  name: 'clamp',
  reference: ({ attrs: { low, high } }, [x]) => x.map((v) => Math.min(Math.max(v, low), high)),
  gradient: (node, dy, needs) => [needs[0] ? new Value(backwardOp, [node.inputs[0], dy], node.attrs, dy.shape) : null],
  flops: (node) => 2 * node.size,
  kernels: (node) =>
    pointwiseKernels('clamp/forward', node.size, {
      buffers: { x: node.inputs[0], out: node },
      params: { count: node.size, ...node.attrs },
    }),
};

const backwardOp: KernelOp<Attrs> = {
  name: 'clamp-backward',
  reference: ({ attrs: { low, high } }, [x, dy]) => x.map((v, i) => (v >= low && v <= high ? dy[i] : 0)),
  flops: (node) => 2 * node.size,
  kernels: (node) =>
    pointwiseKernels('clamp/backward', node.size, {
      buffers: { x: node.inputs[0], dy: node.inputs[1], out: node },
      params: { count: node.size, ...node.attrs },
    }),
};

/** x limited to [low, high]; any shape. @throws where low exceeds high. */
export function clamp(x: Value, low: number, high: number): Value {
  if (!(low <= high)) throw new Error(`clamp: [${low}, ${high}] is no range`);
  return new Value(clampOp, [x], { low, high }, x.shape);
}
