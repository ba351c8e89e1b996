/**
 * @file What a graph becomes without a device: the nodes that a kernel runs for, a dispatch each, after fusion and with
 * what lies in place left out. A count does not depend on the adapter where every variant is as many dispatches.
 */
import type { Value } from '../graph/graph';
import { intern } from '../graph/leaves';
import { isComputed } from '../ops/kernel';
import { fuse } from './fuse';
import { isView, liesInPlace, locate } from './locate';
import { schedule } from './schedule';

/** The node of every dispatch of a replay, in order, by each node's first kernel. */
export function dispatchesOf(outputs: readonly Value[]): Value[] {
  const roots = fuse(intern(outputs));
  const nodes = schedule(roots);
  const home = locate(nodes, roots);
  return nodes
    .filter(isComputed)
    .filter((node) => !isView(node, home))
    .flatMap((node) =>
      node.op
        .kernels(node)[0]
        .dispatches.filter(({ moves }) => moves === undefined || !liesInPlace(node, moves, home))
        .map(() => node),
    );
}
