/**
 * @file Evaluates a graph on the CPU with the ops' references, in double precision. No GPU needed.
 */
import { extraOp, reachable, type Value } from './graph';
import { LeafTable } from './leaves';

/**
 * Values of the outputs; `leaves` gives data for inputs, weights and parameters (one of those declared several times is
 * enough), and for any other value in place of computing it.
 */
export function interpret(outputs: readonly Value[], leaves: ReadonlyMap<Value, ArrayLike<number>>): Float64Array[] {
  const nodes = reachable(outputs);
  const table = new LeafTable(nodes);
  const data = new Map<Value, ArrayLike<number>>();
  for (const [leaf, numbers] of leaves) {
    const one = table.the(leaf);
    if (data.has(one) && data.get(one) !== numbers)
      throw new Error(`${one.op.name} ${one.attrs?.name ?? ''} was given two sets of numbers`);
    data.set(one, numbers);
  }
  const known = new Map<Value, Float64Array>();
  for (const node of nodes) {
    const given = data.get(table.the(node));
    if (given) {
      if (given.length !== node.size)
        throw new Error(`${node.op.name} [${node.shape}] was given ${given.length} numbers`);
      known.set(node, Float64Array.from(given));
      continue;
    }
    const from = node.op === extraOp ? node.inputs[0] : node;
    known.set(
      node,
      compute(
        node,
        from.inputs.map((x) => known.get(x)!),
      ),
    );
  }
  return outputs.map((v) => known.get(v)!);
}

/**
 * One value from its inputs' numbers (those of the operation whose extra it is).
 * @throws where the operation has no reference, or it gives another number of numbers
 */
export function compute(node: Value, inputs: Float64Array[]): Float64Array {
  const out = reference(node, inputs);
  if (out.length !== node.size)
    throw new Error(`${node.op.name}: reference gave ${out.length} numbers for [${node.shape}]`);
  return out;
}

function reference(node: Value, inputs: Float64Array[]): Float64Array {
  if (node.op === extraOp) {
    const [of] = node.inputs;
    return of.op.extras![node.attrs.name].reference(of, inputs);
  }
  if (!node.op.reference) throw new Error(`no data and no reference for ${node.op.name} ${node.attrs?.name ?? ''}`);
  return node.op.reference(node, inputs);
}
