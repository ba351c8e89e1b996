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
      const flat = as(joined, reshape(joined, [joined.size / PIECE, PIECE]));
      let start = 0;
      for (const v of group.nodes) {
        replaced.set(v, as(v, reshape(as(v, slice(flat, 0, start, v.size / PIECE)), v.shape)));
        start += v.size / PIECE;
      }
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

/** Parts are whole pieces of so many numbers (`wholeParts`). */
const PIECE = 64;

/** The value in another's place of the trace. */
const as = (place: Value, { op, inputs, attrs, shape, dtype }: Value): Value =>
  new Value(op, inputs, attrs, shape, dtype, place);

/** Nodes that can be one, in the order of the trace. */
interface Group {
  nodes: Value[];
  /** In which ways: the first node's while it is alone, then the one that the others have with it. */
  ways: { bucket: string; apart: (readonly Value[])[] }[];
  join: PartRule['join'];
}

/** So many of the last groups are looked at. */
const LOOK_BACK = 8;

/** The group of each node that can be a part. */
function groups(trace: readonly Value[], outputs: ReadonlySet<Value>, areNear: AreNear): Map<Value, Group> {
  const open = new Map<string, Group[]>();
  const groupOf = new Map<Value, Group>();
  const numbers = new Map<Value, number>();
  const numberOf = (v: Value) => numbers.get(v) ?? numbers.set(v, numbers.size).get(v)!;
  for (const node of trace) {
    const rule = isComputed(node) && !outputs.has(node) ? node.op.parts : undefined;
    if (!rule) continue;
    const ways = rule.alike(node).map(({ key, shared, apart }) => ({
      // What is computed again would be kept from the first time.
      bucket: `${isAgain(node)} ${node.op.name} ${key} ${shared.map(numberOf)}`,
      apart: [apart],
    }));
    const group = ways.map((way) => joined(node, way)).find((known) => known !== null) ?? null;
    if (group || ways.length === 0) continue;
    const alone: Group = { nodes: [node], ways, join: rule.join };
    groupOf.set(node, alone);
    for (const { bucket } of ways) open.set(bucket, [...(open.get(bucket) ?? []), alone].slice(-LOOK_BACK));
  }
  return groupOf;

  /** The group that the node is in from now on, or null. */
  function joined(node: Value, { bucket, apart: [apart] }: Group['ways'][number]): Group | null {
    for (const group of (open.get(bucket) ?? []).toReversed()) {
      const way = group.ways.find((one) => one.bucket === bucket);
      const fits =
        way &&
        group.nodes.length < MOST_PARTS &&
        apart.every((v, i) => isTogether([...way.apart.map((part) => part[i]), v]));
      if (!fits) continue;
      group.nodes.push(node);
      group.ways = [{ bucket, apart: [...way.apart, apart] }];
      groupOf.set(node, group);
      return group;
    }
    return null;
  }

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
