/**
 * @file The same numbers under another shape. Costs nothing.
 */
import { type Op, type Shape, sizeOf, Value } from '../graph/graph';

const reshapeOp: Op = {
  name: 'reshape',
  view: () => 0,
  reference: (_, [x]) => x.slice(),
  gradient: ({ inputs: [x] }, dy) => [reshape(dy, x.shape)],
};

/** @throws where the sizes differ. */
export function reshape(x: Value, shape: Shape): Value {
  if (sizeOf(shape) !== x.size) throw new Error(`reshape: [${x.shape}] is not [${shape}]`);
  return new Value(reshapeOp, [x], {}, shape, x.dtype);
}
