/**
 * @file A packed f16 or bf16 tensor as f32, for the few small weights that elementwise kernels read.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import { dtypeCode, type KernelOp } from './kernel';

const unpackOp: KernelOp = {
  name: 'unpack',
  reference: (_, [x]) => x.slice(),
  kernels: (node) => [
    {
      variant: 'scalar',
      dispatches: [
        {
          shader: 'unpack/forward',
          buffers: { x: node.inputs[0], out: node },
          params: { count: node.size },
          constants: { DTYPE: dtypeCode(node.inputs[0].dtype) },
          workgroups: grid(node.size, 64),
        },
      ],
    },
  ],
};

/** x itself where it is f32 already. */
export const unpack = (x: Value): Value => (x.dtype === 'f32' ? x : new Value(unpackOp, [x], {}, x.shape));
