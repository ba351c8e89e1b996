/**
 * @file A kernel's dispatch with its buffers: the names of the graph become ranges of device memory.
 */
import type { BufferRange, PreparedDispatch } from '../gpu/program';
import type { Value } from '../graph/graph';
import type { Dispatch } from '../ops/kernel';

/**
 * @param node what the dispatch computes; labels it
 * @param flops the arithmetic it is counted with
 * @param rangeOf memory of a value, or of a scratch buffer by its name
 */
export function bind(
  { shader, constants = {}, params, buffers, workgroups }: Dispatch,
  node: Value,
  flops: number,
  rangeOf: (x: Value | string) => BufferRange,
): PreparedDispatch {
  const ranges = Object.fromEntries(Object.entries(buffers).map(([name, x]) => [name, rangeOf(x)]));
  const label = node.label || node.op.name;
  return { shader, constants, params, buffers: ranges, workgroups, flops, label, origin: node.origin };
}
