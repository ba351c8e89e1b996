/**
 * @file A kernel made of other operations' kernels: what a small graph computes, with what lies between as scratch.
 */
import { extraOp, reachable, type Value } from '../graph/graph';
import { type Bound, isComputed, isOne, type Kernel, namedBuffers } from './kernel';

/** A graph that computes the same as a node. */
export interface Composition {
  /** What stands for a value of the node's graph: leaves of this one. */
  inputs: ReadonlyMap<Value, Value>;
  /** Where results go: the node itself, or an extra of it by name. */
  outputs: ReadonlyMap<Value, Value | string>;
}

/**
 * @param order variants that are preferred, the first first; an operation that has none of them takes its own first
 */
export function composedKernel(
  { inputs, outputs }: Composition,
  order: readonly string[],
  kind: Pick<Kernel, 'variant' | 'suits'>,
): Kernel {
  const steps = reachable([...outputs.keys()]).filter(isComputed);
  const scratch: Record<string, number> = {};
  const names = new Map<Value, string>();
  const place = (value: Value): Value | string => {
    const known = inputs.get(value) ?? outputs.get(value) ?? names.get(value);
    if (known !== undefined) return known;
    const name = `between ${names.size}`;
    names.set(value, name);
    scratch[name] = value.bytes;
    return name;
  };
  const parts = steps.map((value, i) => {
    const all = value.op.kernels(value);
    const kernel = order.map((variant) => all.find((k) => k.variant === variant)).find((k) => k) ?? all[0];
    const named = namedBuffers(value, kernel);
    const placeNamed = (name: string): Value | string => {
      const read = [...outputs.keys()].find((v) => v.op === extraOp && v.inputs[0] === value && v.attrs.name === name);
      if (read) return outputs.get(read)!;
      scratch[`${name} of ${i}`] = named[name];
      return `${name} of ${i}`;
    };
    const placeOne = (x: Bound) => (typeof x === 'string' ? placeNamed(x) : place(x));
    const dispatches = kernel.dispatches.map((dispatch) => ({
      ...dispatch,
      buffers: Object.fromEntries(
        Object.entries(dispatch.buffers).map(([name, x]) => [name, isOne(x) ? placeOne(x) : x.map(placeOne)]),
      ),
    }));
    return { ...kernel, dispatches };
  });
  const feature = parts.find((part) => part.feature)?.feature;
  return {
    ...kind,
    dispatches: parts.flatMap((part) => part.dispatches),
    scratch,
    ...(feature && { feature, subgroupSize: Math.max(...parts.map((part) => part.subgroupSize ?? 0)) }),
  };
}
