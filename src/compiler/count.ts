/**
 * @file What a graph becomes without a device: the nodes that a kernel runs for, once for each of its dispatches, after
 * fusion and with what lies in place left out.
 */
import { parameterOp, type Value, weightOp } from '../graph/graph';
import { intern } from '../graph/leaves';
import { isComputed } from '../ops/kernel';
import { fuse } from './fuse';
import { isView, liesInPlace, locate } from './locate';
import { merge } from './merge';
import { schedule } from './schedule';

/** As a model's store and a LoRA's layout place them. */
const areNear = (leaves: readonly Value[]): boolean => {
  const [{ op, attrs }] = leaves;
  return leaves.every((v) => v.op === op && (op === parameterOp || (op === weightOp && v.attrs.near === attrs.near)));
};

/** The node of every dispatch of a replay, in order, by each node's kernel of that variant or else its first. */
export function dispatchesOf(outputs: readonly Value[], variant = ''): Value[] {
  const roots = merge(fuse(intern(outputs)), areNear);
  const nodes = schedule(roots);
  const home = locate(nodes, roots);
  return nodes
    .filter(isComputed)
    .filter((node) => !isView(node, home))
    .flatMap((node) => {
      const kernels = node.op.kernels(node);
      const { dispatches } = kernels.find((kernel) => kernel.variant === variant) ?? kernels[0];
      return dispatches.filter(({ moves }) => moves === undefined || !liesInPlace(node, moves, home)).map(() => node);
    });
}
