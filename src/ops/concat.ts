/**
 * @file Tensors joined along one axis.
 */
import { sizeOf, Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { slice } from './slice';
import { stridedCopy } from './strided-copy';

/** Numbers of `value` that stay together: those from the joined axis inwards. */
const run = (value: Value, axis: number) => sizeOf(value.shape.slice(axis));

/** Where each input begins in every run of the node. */
function starts({ inputs, attrs: { axis } }: Value<{ axis: number }>): number[] {
  let at = 0;
  return inputs.map((x) => {
    const start = at;
    at += run(x, axis);
    return start;
  });
}

const concatOp: KernelOp<{ axis: number }> = {
  name: 'concat',
  reference: (node, parts) => {
    const { axis } = node.attrs;
    const out = new Float64Array(node.size);
    let at = 0;
    for (let outer = 0; outer < node.size / run(node, axis); outer++) {
      parts.forEach((data, i) => {
        const length = run(node.inputs[i], axis);
        out.set(data.subarray(outer * length, (outer + 1) * length), at);
        at += length;
      });
    }
    return out;
  },
  gradient: ({ inputs, attrs: { axis } }, dy, needs) => {
    let start = 0;
    return inputs.map((x, i) => {
      const from = start;
      start += x.shape[axis];
      return needs[i] ? slice(dy, axis, from, x.shape[axis]) : null;
    });
  },
  runs: (node) => (node.size === run(node, node.attrs.axis) ? starts(node) : null),
  kernels: (node) => {
    const { axis } = node.attrs;
    const toOffsets = starts(node);
    const dispatches = node.inputs.map((x, i) => {
      const length = run(x, axis);
      const block = { sizes: [x.size / length, length], from: [length, 1], to: [run(node, axis), 1] };
      return { ...stridedCopy(x, node, { ...block, toOffset: toOffsets[i] }), moves: i };
    });
    return [{ variant: 'copy', dispatches }];
  },
};

/**
 * The values one after the other along `axis`.
 * @throws where their other axes differ.
 */
export function concat(values: readonly Value[], axis: number): Value {
  const [first] = values;
  for (const v of values) {
    const fits = v.shape.length === first.shape.length && v.shape.every((n, i) => i === axis || n === first.shape[i]);
    if (!fits || !(axis in v.shape))
      throw new Error(`concat: [${v.shape}] does not join [${first.shape}] along axis ${axis}`);
  }
  if (values.length === 1) return first;
  const total = values.reduce((n, v) => n + v.shape[axis], 0);
  return new Value(concatOp, values, { axis }, first.shape.with(axis, total));
}
