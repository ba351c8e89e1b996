/**
 * @file Evaluates a graph on the CPU with the ops' references, in double precision. No GPU needed.
 */
import { reachable, type Value } from './graph';

/** Values of the outputs; `leaves` gives data for inputs, weights and parameters. */
export function interpret(outputs: readonly Value[], leaves: ReadonlyMap<Value, ArrayLike<number>>): Float64Array[] {
  const known = new Map<Value, Float64Array>();
  for (const node of reachable(outputs)) {
    const given = leaves.get(node);
    if (given) {
      if (given.length !== node.size)
        throw new Error(`${node.op.name} [${node.shape}] was given ${given.length} numbers`);
      known.set(node, Float64Array.from(given));
      continue;
    }
    if (!node.op.reference) throw new Error(`no data and no reference for ${node.op.name} ${node.attrs?.name ?? ''}`);
    const out = node.op.reference(
      node,
      node.inputs.map((v) => known.get(v)!),
    );
    if (out.length !== node.size)
      throw new Error(`${node.op.name}: reference gave ${out.length} numbers for [${node.shape}]`);
    known.set(node, out);
  }
  return outputs.map((v) => known.get(v)!);
}
