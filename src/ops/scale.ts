/**
 * @file A tensor times a number known when tracing.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

const scaleOp: KernelOp<{ factor: number }> = {
  name: 'scale',
  reference: ({ attrs: { factor } }, [x]) => x.map((v) => factor * v),
  gradient: ({ attrs: { factor } }, dy) => [scale(dy, factor)],
  flops: (node) => node.size,
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'scale/forward',
          buffers: { x: node.inputs[0], out: node },
          params: { size: node.size, factor: node.attrs.factor },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

/** factor · x; x itself where the factor is 1. */
export const scale = (x: Value, factor: number): Value =>
  factor === 1 ? x : new Value(scaleOp, [x], { factor }, x.shape);
