/**
 * @file Fusion: replaces nodes by cheaper equivalents until nothing changes.
 *
 * The patterns belong to the ops (`Op.fuse`): each looks at its own inputs and says what it can swallow.
 */
import { extraOp, reachable, Value, within } from '../graph/graph';

/** The same outputs over a smaller graph. Outputs keep their identity as graph outputs, not as objects. */
export function fuse(outputs: readonly Value[]): Value[] {
  const trace = reachable(outputs);
  const uses = new Map<Value, number>();
  const count = (v: Value) => uses.set(v, (uses.get(v) ?? 0) + 1);
  for (const v of trace) v.inputs.forEach(count);
  outputs.forEach(count);

  const known = new Set(trace);
  // Whoever takes an operation's place would have to compute its extras too.
  const fixed = new Set(trace.flatMap((v) => (v.op === extraOp ? v.inputs : [])));
  const replaced = new Map<Value, Value>();
  const now = (v: Value): Value => replaced.get(v) ?? v;
  for (const old of trace) {
    let node = old;
    if (old.inputs.some((v) => replaced.has(v)))
      node = new Value(old.op, old.inputs.map(now), old.attrs, old.shape, old.dtype, old);
    if (node !== old) uses.set(node, uses.get(old) ?? 0);
    for (let next = fixed.has(old) ? null : step(node); next; next = step(node)) {
      // A rule may answer with a value that was there before: that keeps its own place and name.
      const { order, label } = old;
      const { op, inputs, attrs, shape, dtype, origin } = next;
      node = known.has(next) ? next : new Value(op, inputs, attrs, shape, dtype, { order, label, origin });
      uses.set(node, Math.max(uses.get(node) ?? 0, uses.get(old) ?? 0));
      known.add(node);
    }
    if (node !== old) replaced.set(old, node);
  }
  return outputs.map(now);

  function step(node: Value): Value | null {
    const next = within(node.origin, () => node.op.fuse?.(node, (v) => uses.get(v) ?? 0) ?? null);
    for (const v of next?.inputs ?? []) uses.set(v, Math.max(uses.get(v) ?? 0, 1));
    return next;
  }
}
