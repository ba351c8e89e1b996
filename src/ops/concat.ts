/**
 * @file Tensors joined along one axis.
 */
import { sizeOf, Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { slice } from './slice';
import { stridedCopy } from './strided-copy';

/** Numbers of `value` that stay together: those from the joined axis inwards. */
const run = (value: Value, axis: number) => sizeOf(value.shape.slice(axis));

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
  kernels: (node) => {
    const { axis } = node.attrs;
    let toOffset = 0;
    const dispatches = node.inputs.map((x) => {
      const length = run(x, axis);
      const sizes = [x.size / length, length];
      const copy = stridedCopy(x, node, { sizes, from: [length, 1], to: [run(node, axis), 1], toOffset });
      toOffset += length;
      return copy;
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
