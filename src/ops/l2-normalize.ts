/**
 * @file Rows scaled to length 1, torch.nn.functional.normalize.
 */
import { Value } from '../graph/graph';
import { grid } from './grid';
import type { KernelOp } from './kernel';

/** Rows shorter than this are divided by it instead of by their length (torch's eps). */
const EPSILON = 1e-12;

const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
const sizes = ({ shape: [rows, length] }: Value) => ({ rows, length });

const normalizeOp: KernelOp = {
  name: 'l2-normalize',
  reference: (node, [x]) => {
    const { length } = sizes(node);
    const out = new Float64Array(node.size);
    for (let at = 0; at < node.size; at += length) {
      const row = x.subarray(at, at + length);
      const divisor = Math.max(norm(row), EPSILON);
      out.set(
        row.map((v) => v / divisor),
        at,
      );
    }
    return out;
  },
  gradient: ({ inputs: [x] }, dy) => [new Value(backwardOp, [x, dy], {}, x.shape)],
  flops: (node) => 3 * node.size,
  kernels: (node) => [
    {
      variant: 'workgroup',
      dispatches: [
        {
          shader: 'l2-normalize/forward',
          buffers: { x: node.inputs[0], out: node },
          params: { ...sizes(node), epsilon: EPSILON },
          workgroups: grid(node.shape[0], 1),
        },
      ],
    },
  ],
};

const backwardOp: KernelOp = {
  name: 'l2-normalize-backward',
  reference: (node, [x, dy]) => {
    const { length } = sizes(node);
    const out = new Float64Array(node.size);
    for (let at = 0; at < node.size; at += length) {
      const row = x.subarray(at, at + length);
      const length2 = norm(row);
      const divisor = Math.max(length2, EPSILON);
      const along = length2 < EPSILON ? 0 : row.reduce((sum, v, i) => sum + v * dy[at + i], 0) / divisor;
      row.forEach((v, i) => {
        out[at + i] = (dy[at + i] - (v / divisor) * along) / divisor;
      });
    }
    return out;
  },
  flops: (node) => 8 * node.size,
  kernels: (node) => [
    {
      variant: 'workgroup',
      dispatches: [
        {
          shader: 'l2-normalize/backward',
          buffers: { x: node.inputs[0], dy: node.inputs[1], dx: node },
          params: { ...sizes(node), epsilon: EPSILON },
          workgroups: grid(node.shape[0], 1),
        },
      ],
    },
  ],
};

/** x [R, P] → x / max(‖x‖, 1e-12), row by row. */
export function l2Normalize(x: Value): Value {
  if (x.shape.length !== 2) throw new Error(`l2-normalize: [${x.shape}] is not [rows, length]`);
  return new Value(normalizeOp, [x], {}, x.shape);
}
