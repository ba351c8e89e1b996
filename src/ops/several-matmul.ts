/**
 * @file Several products in one dispatch, one after the other in one tensor: queries, keys and values of one input, the
 * first factors of their LoRAs, the linears of text and image. Made by the compiler (compiler/merge.ts).
 */
import { parameterOp, quantOfDType, Value, weightOp } from '../graph/graph';
import { type Kernel, type KernelOp, type PartRule, wholeParts } from './kernel';
import { kernelsOf, type MatmulAttrs, MOST_ROWS, operandsOf, rowsOfParts } from './matmul-kernels';
import { productOf } from './matmul-reference';

interface Attrs {
  /** They differ in rows and gate at most. */
  parts: readonly MatmulAttrs[];
  /** Whether all have the first A. */
  oneA: boolean;
}

/** What a part has of its own, in the order of the inputs: all of one kind, then all of the next. */
const OWN = ['b', 'bias', 'residual', 'a2', 'b2'] as const;

/** Inputs by what they are. */
function operands({ inputs, attrs: { parts, oneA } }: Value<Attrs>) {
  const rest = [...inputs];
  const { bias, residual, second, gate } = parts[0];
  const take = (is: boolean, count = parts.length) => (is ? rest.splice(0, count) : []);
  const list = {
    a: take(true, oneA ? 1 : parts.length),
    b: take(true),
    bias: take(bias),
    residual: take(residual),
    a2: take(!!second),
    b2: take(!!second),
  };
  return { ...list, gate: gate ? rest[0] : null };
}

/** Output [all rows, n]. */
const severalOp: KernelOp<Attrs> = {
  name: 'several-matmul',
  reference: (node, data) => {
    const numbers = new Map(node.inputs.map((v, i) => [v, data[i]]));
    const { a, gate, ...own } = operands(node);
    const products = node.attrs.parts.map((attrs, i) => {
      const [b, ...others] = OWN.flatMap((name) => own[name].slice(i, i + 1));
      const inputs = [a[i] ?? a[0], b, ...others, ...(gate ? [gate] : [])];
      return productOf(
        { inputs, attrs, size: attrs.m * attrs.n },
        inputs.map((v) => numbers.get(v)!),
      );
    });
    return Float64Array.from(products.flatMap((product) => [...product]));
  },
  flops: ({ attrs: { parts } }) =>
    parts.reduce((sum, { m, n, k, second }) => sum + 2 * m * n * (k + (second?.depth ?? 0)), 0),
  kernels: (node) => {
    const { parts } = node.attrs;
    const [attrs] = parts;
    const own = operands(node);
    const { a, b } = own;
    const { m, n, k, alpha, bias, residual, second, activation, gate } = attrs;
    const isPlain = !bias && !residual && !second && !activation && !gate && attrs.b.row === 1;
    if (n > FEW_COLUMNS || !isPlain || b[0].dtype !== 'f32') return kernelsOf(node, parts, own);
    const most = Math.max(...parts.map((part) => part.m));
    const kernel = (variant: string, rows: number): Kernel => ({
      variant,
      dispatches: [
        {
          shader: 'matmul/several',
          buffers: { a, b, out: node },
          params: { m, n, k, alpha, ...rowsOfParts(parts) },
          constants: { ROWS: rows, PARTS: parts.length },
          workgroups: [Math.ceil((parts.length * n) / 32), Math.ceil(most / (8 * rows)), 1],
        },
      ],
    });
    return [kernel('registers', 8), kernel('row', 1)];
  },
};

/** Columns of a part up to which most invocations of a general kernel would have none. */
const FEW_COLUMNS = 64;

/** Linears and the gradients of their inputs, whose weights are leaves, with biases and low-rank updates. */
export const partsOfMatmul: PartRule<MatmulAttrs> = {
  alike: (node) => {
    const { m, n, k, batch, a, b, out, gate, ...attrs } = node.attrs;
    const isOne = batch[0] * batch[1] === 1 && m <= MOST_ROWS && a.row === k && a.col === 1 && out.row === n;
    const isRows = (b.row === 1 && b.col === k) || (b.row === n && b.col === 1);
    if (!isOne || !isRows || n % 4 || k % 4 || !wholeParts(node.shape) || !isLeaf(node.inputs[1])) return [];
    const [first, ...own] = gate ? node.inputs.slice(0, -1) : node.inputs;
    const types = own.map(({ dtype }) => dtype);
    // A weight in blocks is read from its first row.
    if (types.some((type) => quantOfDType(type))) return [];
    const key = JSON.stringify([n, k, b, attrs, types, gate?.columns.stride]);
    const shared = gate ? node.inputs.slice(-1) : [];
    return [
      { key, shared: [first, ...shared], apart: own },
      { key, shared, apart: [first, ...own] },
    ];
  },
  join: (products) => {
    const [first] = products;
    const at = operandsOf(first);
    const list = (i: number | null) => (i === null ? [] : products.map((node) => node.inputs[i]));
    const oneA = products.every(({ inputs: [a] }) => a === first.inputs[0]);
    const inputs = [
      ...(oneA ? first.inputs.slice(0, 1) : list(0)),
      ...OWN.flatMap((name) => list(name === 'b' ? 1 : at[name])),
      ...(at.gate === null ? [] : [first.inputs[at.gate]]),
    ];
    const rows = products.reduce((sum, { attrs }) => sum + attrs.m, 0);
    const attrs = { parts: products.map((node) => node.attrs), oneA };
    return new Value(severalOp, inputs, attrs, [rows, first.attrs.n], 'f32', first);
  },
};

/** A frozen or trainable tensor, or rows of one. */
function isLeaf(v: Value): boolean {
  return v.op === parameterOp || v.op === weightOp || (v.op.name === 'slice' && isLeaf(v.inputs[0]));
}
