/**
 * @file One name, one leaf. A model declares inputs, weights and parameters where it reads them, so a graph that calls
 * it twice declares them twice; every pass sees them as one.
 */
import { constantOp, inputOp, parameterOp, reachable, sameShape, Value, type WeightAttrs, weightOp } from './graph';

/**
 * The leaves of a graph by what they are: inputs and parameters by name, weights by name, layout and rows, constants by
 * shape and content.
 */
export class LeafTable {
  #leaves = new Map<string, Value[]>();

  /**
   * @param values everything in the graph, in the order of the trace: of equal leaves the first counts
   * @throws where two leaves of one name differ in shape or type
   */
  constructor(values: Iterable<Value>) {
    for (const value of values) {
      const key = keyOf(value);
      if (key !== null && this.the(value) === value) this.#leaves.set(key, [...(this.#leaves.get(key) ?? []), value]);
    }
  }

  /** The one leaf that `value` is, or `value` itself where it is no leaf, or none of this graph. @throws as above */
  the(value: Value): Value {
    const key = keyOf(value);
    const known = key === null ? [] : (this.#leaves.get(key) ?? []);
    if (value.op === constantOp) return known.find((v) => sameNumbers(v.attrs.data, value.attrs.data)) ?? value;
    const [first = value] = known;
    if (!sameShape(first.shape, value.shape) || first.dtype !== value.dtype) {
      const [a, b] = [first, value].map(({ shape, dtype }) => `[${shape}] ${dtype}`);
      throw new Error(`${value.op.name} ${value.attrs.name} is ${a} in one place and ${b} in another`);
    }
    return first;
  }
}

/** The same outputs over a graph that holds every leaf once. Nodes above no double leaf stay the objects they are. */
export function intern(outputs: readonly Value[]): Value[] {
  const values = reachable(outputs);
  const table = new LeafTable(values);
  const interned = new Map<Value, Value>();
  const now = (v: Value) => interned.get(v)!;
  for (const value of values) {
    const inputs = value.inputs.map(now);
    const changed = inputs.some((v, i) => v !== value.inputs[i]);
    const next = changed ? new Value(value.op, inputs, value.attrs, value.shape, value.dtype, value) : value;
    interned.set(value, table.the(next));
  }
  return outputs.map(now);
}

function keyOf({ op, attrs, shape }: Value): string | null {
  if (op === inputOp || op === parameterOp) return `${op.name} ${attrs.name}`;
  if (op === weightOp) return `weight ${weightKey(attrs)}`;
  if (op === constantOp) return `constant ${shape} ${attrs.data.slice(0, 4)}`;
  return null;
}

/** What a frozen tensor on a device is told apart by. */
export const weightKey = ({ name, layout, rows, followedBy }: WeightAttrs): string =>
  [name, layout, rows ?? '', ...(followedBy ?? [])].join(' ');

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [a, b].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  return a === b || (x.length === y.length && x.every((bits, i) => bits === y[i]));
}
