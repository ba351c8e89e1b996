/**
 * @file Checkpointing (Chen et al., arXiv 1604.06174): of every block of a model only what others read is kept for the
 * gradient; the rest of the block is computed again where the gradient first reads it (`schedule`), and lives no longer
 * than its gradient. One more forward pass, for memory of one block instead of all.
 */
import { reachable, Value } from '../graph/graph';
import { isGradient } from './differentiate';

export interface Recompute {
  /** The block that a value of the forward pass is traced in, by its origin; null outside of any. */
  blockOf(origin: string): string | null;
  /** So many bytes may be kept for the gradient before anything is computed again. */
  above: number;
}

const AGAIN = 'again ';

/** Whether a value is a block's that is computed again. */
export const isAgain = ({ origin }: Pick<Value, 'origin'>): boolean => origin.startsWith(AGAIN);

/** The same outputs; what gradients read of the inside of blocks are copies that stand apart from the forward pass. */
export function recompute(outputs: readonly Value[], { blockOf, above }: Recompute): Value[] {
  const trace = reachable(outputs);
  const block = new Map<Value, string>();
  for (const v of trace) {
    const of = v.inputs.length > 0 && !isGradient(v) ? blockOf(v.origin) : null;
    if (of !== null) block.set(v, of);
  }
  // What another part of the forward pass reads, or the host, is there anyway.
  const kept = new Set(outputs);
  for (const reader of trace) {
    if (isGradient(reader)) continue;
    for (const v of reader.inputs) if (block.get(v) !== block.get(reader)) kept.add(v);
  }
  const isInside = (v: Value) => block.has(v) && !kept.has(v);
  const read = new Set(trace.filter(isGradient).flatMap(({ inputs }) => inputs.filter(isInside)));
  if ([...read].reduce((sum, { bytes }) => sum + bytes, 0) <= above) return [...outputs];

  const copies = new Map<Value, Value>();
  const again = (inside: Value): Value => {
    // Inputs before readers, without a call for each: a block is a long chain.
    const stack = [inside];
    while (stack.length > 0) {
      const v = stack[stack.length - 1];
      const open = copies.has(v) ? [] : v.inputs.filter((u) => isInside(u) && !copies.has(u));
      stack.push(...open);
      if (open.length > 0) continue;
      stack.pop();
      if (copies.has(v)) continue;
      const inputs = v.inputs.map((u) => copies.get(u) ?? u);
      const place = { order: v.order, label: '', origin: `${AGAIN}${v.origin}` };
      copies.set(v, new Value(v.op, inputs, v.attrs, v.shape, v.dtype, place));
    }
    return copies.get(inside)!;
  };

  const replaced = new Map<Value, Value>();
  for (const old of trace) {
    const input = (v: Value) => replaced.get(v) ?? (isGradient(old) && isInside(v) ? again(v) : v);
    const inputs = old.inputs.map(input);
    if (inputs.every((v, i) => v === old.inputs[i])) continue;
    replaced.set(old, new Value(old.op, inputs, old.attrs, old.shape, old.dtype, old));
  }
  return outputs.map((v) => replaced.get(v) ?? v);
}
