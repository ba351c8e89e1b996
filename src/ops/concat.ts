/**
 * @file Tensors joined along one axis.
 */
import { sizeOf, Value } from '../graph/graph';
import { grid } from './grid';
import { type Dispatch, type KernelOp, startsOf, wholeParts } from './kernel';
import { reshape } from './reshape';
import { slice } from './slice';
import { stridedCopy } from './strided-copy';

/** Numbers of `value` that stay together: those from the joined axis inwards. */
const run = (value: Value, axis: number) => sizeOf(value.shape.slice(axis));

type Joined = Value<{ axis: number }>;

/** Where each input begins in every run of the node. */
function starts({ inputs, attrs: { axis } }: Joined): number[] {
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
    const { inputs } = node;
    // What is whole runs may be made in place, part by part; else two parts are moved at once.
    const single = node.size === run(node, node.attrs.axis);
    const dispatches: Dispatch[] = [];
    for (let i = 0; i < inputs.length; ) {
      const two = !single && i + 1 < inputs.length;
      dispatches.push(two ? pair(node, i) : { ...move(node, i), moves: i });
      i += two ? 2 : 1;
    }
    return [{ variant: 'copy', dispatches }];
  },
};

/** Part i to its place in every run of the node. */
function move(node: Joined, i: number): Dispatch {
  const x = node.inputs[i];
  const length = run(x, node.attrs.axis);
  const block = { sizes: [x.size / length, length], from: [length, 1], to: [run(node, node.attrs.axis), 1] };
  return stridedCopy(x, node, { ...block, toOffset: starts(node)[i] });
}

/** Parts i and i + 1 to their places. */
function pair(node: Joined, i: number): Dispatch {
  const [a, b] = node.inputs.slice(i, i + 2);
  const [a_run, b_run, out_run] = [a, b, node].map((v) => run(v, node.attrs.axis));
  const params = { count: a.size + b.size, a_run, b_run, out_run, offset: starts(node)[i] };
  const quads = Object.values(params).every((n) => n % 4 === 0);
  const by = quads ? 4 : 1;
  return {
    shader: quads ? 'concat/pair-vec4' : 'concat/pair-scalar',
    buffers: { a, b, out: node },
    params: Object.fromEntries(Object.entries(params).map(([name, n]) => [name, n / by])),
    workgroups: grid(params.count / by, 64),
  };
}

/**
 * The same values next to each other in memory, so that what reads each of them alike can be one dispatch (`KernelOp.parts`).
 * Unchanged where a size is no whole piece.
 */
export function sideBySide(values: readonly Value[]): Value[] {
  if (!values.every(({ shape }) => wholeParts(shape))) return [...values];
  const flat = concat(
    values.map((v) => reshape(v, [v.size])),
    0,
  );
  const starts = startsOf(values.map(({ size }) => size));
  return values.map(({ shape, size }, i) => reshape(slice(flat, 0, starts[i], size), shape));
}

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
