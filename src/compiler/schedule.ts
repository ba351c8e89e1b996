/**
 * @file The order in which a graph is computed.
 */
import { reachable, type Value } from '../graph/graph';

/**
 * Everything the outputs depend on, inputs before readers: in the order of the trace, but for the nodes that are `late`.
 * Those stand directly before their first reader, with what nothing earlier needs of theirs: a value that is computed
 * again instead of kept lives only as long as it is read.
 */
export function schedule(outputs: readonly Value[], late: (node: Value) => boolean = () => false): Value[] {
  const list: Value[] = [];
  const open = new Set<Value>();
  const done = new Set<Value>();
  const place = (node: Value) => {
    const stack = [node];
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (done.has(top) || open.has(top)) {
        stack.pop();
        if (!done.has(top)) list.push(top);
        done.add(top);
        continue;
      }
      open.add(top);
      // The last pushed is placed first.
      stack.push(...top.inputs.filter((v) => !done.has(v)).sort((a, b) => b.order - a.order));
    }
  };
  for (const node of reachable(outputs)) if (!late(node)) place(node);
  outputs.forEach(place);
  return list;
}
