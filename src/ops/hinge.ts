/**
 * @file The hinge max(0, margin − r): rewards beyond the margin no longer pull.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

interface Margin {
  margin: number;
}

const hingeOp: KernelOp<Margin> = {
  name: 'hinge',
  reference: ({ attrs: { margin } }, [r]) => r.map((v) => Math.max(0, margin - v)),
  gradient: ({ inputs: [r], attrs }, dy) => [new Value(backwardOp, [r, dy], attrs, r.shape)],
  flops: (node) => 2 * node.size,
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'hinge/forward',
          buffers: { r: node.inputs[0], out: node },
          params: { size: node.size, margin: node.attrs.margin },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

const backwardOp: KernelOp<Margin> = {
  name: 'hinge-backward',
  reference: ({ attrs: { margin } }, [r, dy]) => dy.map((v, i) => (r[i] < margin ? -v : 0)),
  flops: (node) => node.size,
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'hinge/backward',
          buffers: { r: node.inputs[0], dy: node.inputs[1], dr: node },
          params: { size: node.size, margin: node.attrs.margin },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

/** max(0, margin − r), element by element; dr = −1 where r < margin. */
export const hinge = (r: Value, margin: number): Value => new Value(hingeOp, [r], { margin }, r.shape);
