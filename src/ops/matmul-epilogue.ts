/**
 * @file What a matrix multiplication's kernel does to its sum before it is written, in place of a dispatch of its own: an
 * activation, a gated residual, a second product of small depth. Made by fusion, after differentiation.
 */
import { Value } from '../graph/graph';
import type { ActivationKind } from './activation-kinds';
import type { Columns } from './columns';
import { type MatmulAttrs, MOST_ROWS, operandsOf, quadConstants } from './matmul-kernels';

type Product = Value<MatmulAttrs>;

/** Whether the kernels of whole quads compute the value, to rows one after the other, with nothing done to its sum yet. */
function isOpen(x: Value): x is Product {
  if (x.op.name !== 'matmul') return false;
  const { attrs } = x as Product;
  const { m, n, batch, out, activation, gate } = attrs;
  const isOne = batch[0] * batch[1] === 1 && out.row === n && out.col === 1 && m <= MOST_ROWS;
  return isOne && !activation && !gate && quadConstants({ attrs }) !== null;
}

/** activation(x) by x's own kernel; null where it cannot. */
export function withActivation(x: Value, activation: ActivationKind): Value | null {
  return isOpen(x) ? new Value(x.op, x.inputs, { ...x.attrs, activation }, x.shape) : null;
}

/** x + gate·y by y's own kernel, for x and y [B, S, C] and a gate that is read by `columns`; null where it cannot. */
export function withGate(x: Value, gate: Value, columns: Columns, y: Value): Value | null {
  const isQuads = columns.offset % 4 === 0 && columns.stride % 4 === 0;
  if (!isQuads || !isOpen(y) || y.attrs.residual || y.attrs.n !== y.shape[2]) return null;
  const [a, b, ...rest] = y.inputs;
  const bias = y.attrs.bias ? rest.splice(0, 1) : [];
  const attrs: MatmulAttrs = { ...y.attrs, residual: true, gate: { rows: y.shape[1], columns } };
  return new Value(y.op, [a, b, ...bias, x, ...rest, gate], attrs, y.shape);
}

/**
 * A product and its residual where that is a product too, in one kernel: the one of small depth is added to the other.
 * Null where neither can be the second.
 */
export function withSecond(node: Product, uses: (value: Value) => number): Value | null {
  const at = operandsOf(node).residual;
  if (at === null) return null;
  const other = node.inputs[at];
  if (uses(other) !== 1 || other.label || !isOpen(node) || !isOpen(other) || other.attrs.m !== node.attrs.m)
    return null;
  const without = node.inputs.toSpliced(at, 1);
  return (
    joined(other, other.inputs, node, false) ??
    joined(new Value(node.op, without, { ...node.attrs, residual: false }, node.shape), without, other, true)
  );
}

/** The deepest second product: it is read from memory by every invocation. */
const MOST_DEPTH = 256;

/**
 * `first` plus `second`, a product without bias whose own residual, where it has one, becomes `first`'s.
 * @param inputs those of `first`, which has no residual where `second` has one
 */
function joined(first: Product, inputs: readonly Value[], second: Product, keepsResidual: boolean): Value | null {
  const { m, n, k: depth, a, b, alpha, bias } = second.attrs;
  const [a2, b2] = second.inputs;
  const isSmall = depth % 4 === 0 && depth <= MOST_DEPTH && 2 * depth <= first.attrs.k;
  const isPlain = !bias && !second.attrs.second && a.row === depth && a.col === 1 && a2.dtype === 'f32';
  const rows = b.row === n && b.col === 1;
  const transposed = b.row === 1 && b.col === depth;
  if (!isSmall || !isPlain || !(rows || transposed) || b2.dtype !== 'f32') return null;
  if (first.attrs.second || first.attrs.alpha !== 1 || first.attrs.m !== m || first.attrs.n !== n) return null;
  const residual = keepsResidual && second.attrs.residual ? [second.inputs[2]] : [];
  if (residual.length > 0 && first.attrs.residual) return null;
  const attrs: MatmulAttrs = {
    ...first.attrs,
    residual: first.attrs.residual || residual.length > 0,
    second: { depth, rows, alpha },
  };
  return new Value(first.op, [...inputs, ...residual, a2, b2], attrs, first.shape);
}
