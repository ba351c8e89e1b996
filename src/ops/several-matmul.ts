/**
 * @file Products of one A with several B of one size, as the parts of one tensor: queries, keys and values of one input,
 * or the first factors of their LoRAs. Made by the compiler (compiler/merge.ts).
 */
import { parameterOp, Value, weightOp } from '../graph/graph';
import { type Kernel, type KernelOp, type PartRule, wholeParts } from './kernel';
import { kernelsOf, type MatmulAttrs, MOST_ROWS, operandsOf } from './matmul-kernels';

/** Inputs by what they are: A, then one of each a part. */
function operands({ inputs, attrs }: Value<MatmulAttrs>) {
  const [a, ...rest] = inputs;
  const parts = rest.length / (1 + (attrs.bias ? 1 : 0) + (attrs.second ? 2 : 0));
  const take = (is: boolean) => (is ? rest.splice(0, parts) : []);
  return { a, b: take(true), bias: take(attrs.bias), a2: take(!!attrs.second), b2: take(!!attrs.second) };
}

/** Output [parts, …the shape of each product]; inputs are A, every B, every bias, every A2 and every B2. */
const severalOp: KernelOp<MatmulAttrs> = {
  name: 'several-matmul',
  reference: (node, data) => {
    const { m, n, k, alpha, second } = node.attrs;
    const numbers = new Map(node.inputs.map((v, i) => [v, data[i]]));
    const of = (v: Value | undefined) => v && numbers.get(v)!;
    const { a, b: bs, bias: biases, a2: a2s, b2: b2s } = operands(node);
    const A = of(a)!;
    const out = new Float64Array(bs.length * m * n);
    bs.forEach((_, part) => {
      const [B, bias, A2, B2] = [bs, biases, a2s, b2s].map((list) => of(list[part]));
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += A[i * k + l] * B![j * k + l];
          let y = alpha * sum + (bias?.[j] ?? 0);
          for (let r = 0; second && r < second.depth; r++)
            y += second.alpha * A2![i * second.depth + r] * B2![second.rows ? r * n + j : j * second.depth + r];
          out[(part * m + i) * n + j] = y;
        }
      }
    });
    return out;
  },
  flops: (node) => {
    const { m, n, k, second } = node.attrs;
    return 2 * m * n * (k + (second?.depth ?? 0)) * operands(node).b.length;
  },
  kernels: (node) => {
    const { m, n, k, alpha, bias, second } = node.attrs;
    const { a, ...own } = operands(node);
    if (n > FEW_COLUMNS || bias || second) return kernelsOf(node, { ...own, residual: null, gate: null });
    const { b } = own;
    const kernel = (variant: string, rows: number): Kernel => ({
      variant,
      dispatches: [
        {
          shader: 'matmul/several',
          buffers: { a, b, out: node },
          params: { m, n, k, alpha },
          constants: { ROWS: rows, PARTS: b.length },
          workgroups: [Math.ceil((b.length * n) / 32), Math.ceil(m / (8 * rows)), 1],
        },
      ],
    });
    return [kernel('registers', 8), kernel('row', 1)];
  },
};

/** Columns of a part up to which most invocations of a general kernel would have none. */
const FEW_COLUMNS = 64;

/** Linears of one input whose weights are leaves, with their biases and low-rank updates. */
export const partsOfMatmul: PartRule<MatmulAttrs> = {
  alike: ({ inputs, attrs, shape }) => {
    const { m, n, k, batch, a, b, out, residual, activation, gate } = attrs;
    const isPlain = !residual && !activation && !gate && batch[0] * batch[1] === 1 && m <= MOST_ROWS;
    const isLinear = a.row === k && a.col === 1 && b.row === 1 && b.col === k && out.row === n;
    if (!isPlain || !isLinear || n % 4 || k % 4 || !wholeParts(shape) || !isLeaf(inputs[1])) return null;
    const [first, ...apart] = inputs;
    const types = apart.map(({ dtype }) => dtype);
    // A weight in blocks is read from its first row.
    return types.some((type) => type.startsWith('q'))
      ? null
      : { key: JSON.stringify([attrs, types]), shared: [first], apart };
  },
  join: (products) => {
    const [{ attrs, shape, inputs }] = products;
    const at = operandsOf(products[0]);
    const list = (i: number | null) => (i === null ? [] : products.map((node) => node.inputs[i]));
    return new Value(
      severalOp,
      [inputs[0], ...list(1), ...list(at.bias), ...list(at.a2), ...list(at.b2)],
      attrs,
      [products.length, ...shape],
      'f32',
      products[0],
    );
  },
};

/** A frozen or trainable tensor, or rows of one. */
function isLeaf(v: Value): boolean {
  return v.op === parameterOp || v.op === weightOp || (v.op.name === 'slice' && isLeaf(v.inputs[0]));
}
