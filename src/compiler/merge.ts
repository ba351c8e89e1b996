/**
 * @file Alike operations become the parts of one, with one dispatch instead of one each: queries, keys and values of one
 * input, the first LoRA factors of several linears. What alike means, and the node that they become, are the ops' own
 * (`KernelOp.parts`).
 */
import { reachable, Value } from '../graph/graph';
import { isComputed, MOST_PARTS, type PartRule } from '../ops/kernel';
import { reshape } from '../ops/reshape';
import { slice } from '../ops/slice';
import { isAligned } from './locate';
import { isAgain } from './recompute';

/** Whether leaves lie in one buffer, near enough to be bound as one range of it. */
export type AreNear = (leaves: readonly Value[]) => boolean;

/** The same outputs over a smaller graph, after `fuse`; leaves may come after their readers in the trace (`schedule`). */
export function merge(outputs: readonly Value[], areNear: AreNear): Value[] {
  const trace = reachable(outputs);
  const replaced = new Map<Value, Value>();
  const groupOf = groups(trace, new Set(outputs), areNear);
  trace.forEach(settle);
  return outputs.map((v) => replaced.get(v)!);

  /** The value over the smaller graph. */
  function settle(old: Value): Value {
    const known = replaced.get(old);
    if (known) return known;
    const group = groupOf.get(old);
    if (!group || group.nodes.length === 1) replaced.set(old, overSettled(old));
    else {
      const joined = group.join(group.nodes.map(overSettled));
      group.nodes.forEach((v, i) => {
        replaced.set(v, as(v, reshape(as(v, slice(joined, 0, i, 1)), v.shape)));
      });
    }
    return replaced.get(old)!;
  }

  function overSettled(old: Value): Value {
    const inputs = old.inputs.map(settle);
    return inputs.some((v, i) => v !== old.inputs[i])
      ? new Value(old.op, inputs, old.attrs, old.shape, old.dtype, old)
      : old;
  }
}

/** The value in another's place of the trace. */
const as = (place: Value, { op, inputs, attrs, shape, dtype }: Value): Value =>
  new Value(op, inputs, attrs, shape, dtype, place);

/** Nodes that can be one, in the order of the trace. */
interface Group {
  nodes: Value[];
  shared: readonly Value[];
  /** The inputs of each of `nodes` that are its own. */
  apart: (readonly Value[])[];
  join: PartRule['join'];
}

/** The group of each node that can be a part. */
function groups(trace: readonly Value[], outputs: ReadonlySet<Value>, areNear: AreNear): Map<Value, Group> {
  const open = new Map<Value, Map<string, Group>>();
  const groupOf = new Map<Value, Group>();
  for (const node of trace) {
    const rule = isComputed(node) && !outputs.has(node) ? node.op.parts : undefined;
    const alike = rule?.alike(node) ?? null;
    if (alike === null) continue;
    const { shared, apart } = alike;
    // What is computed again would be kept from the first time.
    const key = `${isAgain(node)} ${node.op.name} ${alike.key}`;
    const byKey = open.get(shared[0]) ?? new Map<string, Group>();
    open.set(shared[0], byKey);
    const last = byKey.get(key);
    const fits =
      last &&
      last.nodes.length < MOST_PARTS &&
      shared.every((v, i) => v === last.shared[i]) &&
      apart.every((v, i) => isTogether([...last.apart.map((part) => part[i]), v]));
    const group: Group = fits ? last : { nodes: [], shared, apart: [], join: rule!.join };
    byKey.set(key, group);
    group.nodes.push(node);
    group.apart.push(apart);
    groupOf.set(node, group);
  }
  return groupOf;

  /** Whether values will lie in one buffer: leaves that do, or parts of one node. */
  function isTogether(values: readonly Value[]): boolean {
    const bases = values.map(baseOf);
    if (bases.some((base) => base === null)) return false;
    const [first] = bases as Value[];
    if (bases.every((base) => base === first)) return true;
    const group = groupOf.get(first);
    if (group) return bases.every((base) => groupOf.get(base!) === group);
    return first.inputs.length === 0 && areNear(bases as Value[]);
  }
}

/** What the value is a view of; null where it is computed from a run that cannot be bound where it lies. */
function baseOf(value: Value): Value | null {
  let base = value;
  let at = 0;
  for (;;) {
    const start = base.op.view?.(base) ?? null;
    if (start === null) return base;
    at += start;
    [base] = base.inputs;
    if (!isAligned(4 * at) || (at > 0 && base.dtype !== 'f32')) return null;
  }
}
