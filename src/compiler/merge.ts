/**
 * @file Products of one tensor with several parameters become parts of one: a dispatch for the first LoRA factors of
 * queries, keys and values.
 */
import { reachable, Value } from '../graph/graph';
import { reshape } from '../ops/reshape';
import { MOST_PARTS, partKey, several } from '../ops/several-matmul';
import { slice } from '../ops/slice';
import { isAgain } from './recompute';

/** The same outputs over a smaller graph, after `fuse`; parameters may come after their readers in the trace (`schedule`). */
export function merge(outputs: readonly Value[]): Value[] {
  const trace = reachable(outputs);
  const replaced = new Map<Value, Value>();
  const now = (v: Value): Value => replaced.get(v) ?? v;
  const groupOf = groups(trace, new Set(outputs));
  for (const old of trace) {
    if (replaced.has(old)) continue;
    const changed = old.inputs.some((v) => replaced.has(v));
    const node = changed ? new Value(old.op, old.inputs.map(now), old.attrs, old.shape, old.dtype, old) : old;
    if (changed) replaced.set(old, node);
    const group = groupOf.get(old) ?? [];
    if (group.length < 2) continue;
    const inputs = (v: Value) => v.inputs.map(now);
    const joined = several(group.map((v) => new Value(v.op, inputs(v), v.attrs, v.shape, v.dtype, v)));
    group.forEach((v, i) => {
      const part = as(v, slice(joined, 0, i, 1));
      replaced.set(v, as(v, reshape(part, v.shape)));
    });
  }
  return outputs.map(now);
}

/** The value in another's place of the trace. */
const as = (place: Value, { op, inputs, attrs, shape, dtype }: Value): Value =>
  new Value(op, inputs, attrs, shape, dtype, place);

/** Those that can be one with a node, itself included, in the order of the trace. */
function groups(trace: readonly Value[], outputs: ReadonlySet<Value>): Map<Value, Value[]> {
  const open = new Map<Value, Map<string, Value[]>>();
  const groupOf = new Map<Value, Value[]>();
  for (const node of trace) {
    const part = outputs.has(node) ? null : partKey(node);
    if (part === null) continue;
    // What is computed again would be kept from the first time.
    const key = `${isAgain(node)} ${part}`;
    const byKey = open.get(node.inputs[0]) ?? new Map<string, Value[]>();
    open.set(node.inputs[0], byKey);
    const last = byKey.get(key);
    const group = last && last.length < MOST_PARTS ? last : [];
    byKey.set(key, group);
    group.push(node);
    groupOf.set(node, group);
  }
  return groupOf;
}
