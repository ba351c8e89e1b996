/**
 * @file Reverse-mode differentiation as a graph transformation.
 *
 * Walks the trace backwards once; each op's gradient rule emits ordinary nodes. Only values that lie
 * between a trainable leaf and the loss are visited, so no gradient of a frozen weight is ever emitted. A gradient's
 * nodes have the origin of the node they differentiate, 'gradient of transformer/transformer_blocks.0.attn.to_q'.
 */
import { reachable, sameShape, type Value, within } from '../graph/graph';
import { LeafTable } from '../graph/leaves';
import { add } from '../ops/add';

const GRADIENT_OF = 'gradient of ';

/** Whether a value was emitted by a gradient rule. */
export const isGradient = ({ origin }: Pick<Value, 'origin'>): boolean => origin.startsWith(GRADIENT_OF);

/**
 * dL/dw for every w, where L's gradient is `seed` (same shape as `loss`). A parameter that is declared several times
 * gets the sum over all its places, whichever of them is asked for.
 * @throws where a w does not influence the loss, or an op on the way has no gradient for an input that needs one.
 */
export function gradients(loss: Value, seed: Value, wrt: readonly Value[]): Value[] {
  if (!sameShape(loss.shape, seed.shape)) throw new Error(`seed has shape [${seed.shape}], the loss [${loss.shape}]`);
  const trace = reachable([loss]);
  const leaves = new LeafTable([...trace, ...wrt]);
  const one = (v: Value) => leaves.the(v);
  const needed = new Set<Value>(wrt.map(one));
  for (const value of trace) if (value.inputs.some((v) => needed.has(one(v)))) needed.add(value);

  const grad = new Map<Value, Value>([[one(loss), seed]]);
  for (const node of trace.reverse()) {
    const dy = grad.get(node);
    if (!dy || !needed.has(node) || node.inputs.length === 0) continue;
    if (!node.op.gradient) throw new Error(`${node.op.name} has no gradient rule`);
    const needs = node.inputs.map((v) => needed.has(one(v)));
    const rule = node.op.gradient;
    const origin = `${GRADIENT_OF}${node.origin || nameOf(node) || node.op.name}`;
    const parts = within(origin, () => rule(node, dy, needs));
    if (parts.length !== needs.length)
      throw new Error(`${node.op.name} gives ${parts.length} gradients for ${needs.length} inputs`);
    node.inputs.forEach((v, i) => {
      if (!needs[i]) return;
      const part = parts[i];
      const which = `its input ${i}${nameOf(v) && ` (${nameOf(v)})`}`;
      if (!part) throw new Error(`${node.op.name} has no gradient for ${which}`);
      if (!sameShape(part.shape, v.shape))
        throw new Error(`${node.op.name} gives a gradient [${part.shape}] for ${which} [${v.shape}]`);
      const sum = grad.get(one(v));
      grad.set(one(v), sum ? within(origin, () => add(sum, part)) : part);
    });
  }
  return wrt.map((v) => {
    const g = grad.get(one(v));
    if (!g) throw new Error(`the loss does not depend on ${nameOf(v) || v.op.name}`);
    return g;
  });
}

/** What a leaf or a named value is called, or ''. */
const nameOf = (v: Value): string => v.attrs.name ?? v.label;
