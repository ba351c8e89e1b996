/**
 * @file Matrix multiplication, the one op behind linears, attention and LoRA's gradients:
 *
 *     out[b1,b0,m,n] = alpha · Σ_k A[b1,b0,m,k]·B[b1,b0,k,n] + bias[n] + residual[b1,b0,m,n]
 *
 * Operands are strided views, so heads are read and written in place inside [B, S, H·D] without a
 * transpose. B may be a frozen weight in its file's precision.
 */
import { type Shape, sizeOf, Value } from '../graph/graph';
import { CURVES } from './activation-kinds';
import type { KernelOp } from './kernel';
import { withSecond } from './matmul-epilogue';
import { type MatmulAttrs, matmulKernels, operandsOf, type View } from './matmul-kernels';
import { partsOfMatmul } from './several-matmul';
import { sumLeading } from './sum-leading';

/** Where the rows of a product and of its first factor begin, and what its second factor's columns are read by. */
interface Product {
  A: Float64Array;
  /** Between the numbers of one row. */
  aCol: number;
  B: Float64Array;
  column: number;
  bRow: number;
  bCol: number;
  n: number;
  k: number;
}

/** y[at + j] = Σ_l A[row + l·aCol]·B[column + l·bRow + j·bCol] for j from `first` to n. */
function sumRow(y: Float64Array, at: number, row: number, of: Product, first: number): void {
  const { A, aCol, B, column, bRow, bCol, n, k } = of;
  for (let j = first; j < n; j++) {
    let sum = 0;
    for (let l = 0, p = column + j * bCol, q = row; l < k; l++, p += bRow, q += aCol) sum += A[q] * B[p];
    y[at + j] = sum;
  }
}

/** Two rows as `sumRow` has them, four columns at once: eight sums that do not wait for each other. */
function sumTwoRows(y: Float64Array, at: [number, number], rows: [number, number], of: Product): void {
  const { A, aCol, B, column, bRow, bCol, n, k } = of;
  const [at0, at1] = at;
  const [row0, row1] = rows;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    let p = column + j * bCol;
    let q = row0;
    let r = row1;
    for (let l = 0; l < k; l++, p += bRow, q += aCol, r += aCol) {
      const x = A[q];
      const z = A[r];
      const b0 = B[p];
      const b1 = B[p + bCol];
      const b2 = B[p + 2 * bCol];
      const b3 = B[p + 3 * bCol];
      s0 += x * b0;
      s1 += x * b1;
      s2 += x * b2;
      s3 += x * b3;
      t0 += z * b0;
      t1 += z * b1;
      t2 += z * b2;
      t3 += z * b3;
    }
    y[at0 + j] = s0;
    y[at0 + j + 1] = s1;
    y[at0 + j + 2] = s2;
    y[at0 + j + 3] = s3;
    y[at1 + j] = t0;
    y[at1 + j + 1] = t1;
    y[at1 + j + 2] = t2;
    y[at1 + j + 3] = t3;
  }
  if (j === n) return;
  sumRow(y, at0, row0, of, j);
  sumRow(y, at1, row1, of, j);
}

const matmulOp: KernelOp<MatmulAttrs> = {
  name: 'matmul',

  reference(node, data) {
    const { m, n, k, batch, a, b, out, alpha, second, activation, gate } = node.attrs;
    const [A, B] = data;
    const operands = operandsOf(node);
    const operand = (name: keyof typeof operands) => (operands[name] === null ? null : data[operands[name]]);
    const bias = operand('bias');
    const residual = operand('residual');
    const y = new Float64Array(node.size);
    for (let b1 = 0; b1 < batch[0]; b1++) {
      for (let b0 = 0; b0 < batch[1]; b0++) {
        const product = { A, aCol: a.col, B, column: b1 * b.b1 + b0 * b.b0, bRow: b.row, bCol: b.col, n, k };
        const row = (i: number) => b1 * a.b1 + b0 * a.b0 + i * a.row;
        const at = (i: number) => b1 * out.b1 + b0 * out.b0 + i * out.row;
        for (let i = 0; i < m; i += 2) {
          // The last of an odd number goes with itself.
          const next = Math.min(i + 1, m - 1);
          sumTwoRows(y, [at(i), at(next)], [row(i), row(next)], product);
        }
        for (let i = 0; i < m; i++) {
          const from = at(i);
          for (let j = from; j < from + n; j++) {
            let sum = alpha * y[j] + (bias ? bias[j - from] : 0);
            if (second) sum += second.alpha * secondSum(second, operand('a2')!, operand('b2')!, [i, j - from, n]);
            if (gate)
              sum *= operand('gate')![Math.floor(i / gate.rows) * gate.columns.stride + gate.columns.offset + j - from];
            if (residual) sum += residual[j];
            y[j] = activation ? CURVES[activation].f(sum, 1) : sum;
          }
        }
      }
    }
    return y;
  },

  gradient(node, dy, needs) {
    if (node.attrs.second || node.attrs.activation || node.attrs.gate)
      throw new Error('matmul: gradients are taken before fusion');
    const { a, b, out, m, n, k, batch, alpha } = node.attrs;
    const [A, B] = node.inputs;
    const transposed = (v: View): View => ({ ...v, row: v.col, col: v.row });
    const grads: (Value | null)[] = [null, null];
    // dA = dC·Bᵀ, dB = Aᵀ·dC; where the operand itself is stored transposed, the transpose of that.
    if (needs[0]) {
      grads[0] =
        a.col === 1
          ? matmul(dy, B, { m, n: k, k: n, batch, a: out, b: transposed(b), out: a, alpha }, A.shape)
          : matmul(B, dy, { m: k, n: m, k: n, batch, a: b, b: transposed(out), out: transposed(a), alpha }, A.shape);
    }
    if (needs[1]) {
      grads[1] =
        b.col === 1
          ? matmul(A, dy, { m: k, n, k: m, batch, a: transposed(a), b: out, out: b, alpha }, B.shape)
          : matmul(dy, A, { m: n, n: k, k: m, batch, a: transposed(out), b: a, out: transposed(b), alpha }, B.shape);
    }
    if (node.attrs.bias) grads.push(needs[2] ? biasGradient(node, dy) : null);
    if (node.attrs.residual) grads.push(needs[needs.length - 1] ? dy : null);
    return grads;
  },

  flops: ({ attrs: { m, n, k, batch, second } }) => 2 * m * n * (k + (second?.depth ?? 0)) * batch[0] * batch[1],

  fuse: withSecond,

  kernels: matmulKernels,

  parts: partsOfMatmul,

  withResidual: ({ inputs, attrs, shape }, residual) =>
    attrs.residual || attrs.activation
      ? null
      : new Value(matmulOp, inputs.toSpliced(attrs.bias ? 3 : 2, 0, residual), { ...attrs, residual: true }, shape),
};

/** Σ_r A2[i, r]·B2[r, j]. */
function secondSum(
  { depth, rows }: { depth: number; rows: boolean },
  a2: Float64Array,
  b2: Float64Array,
  [i, j, n]: readonly [i: number, j: number, n: number],
): number {
  let sum = 0;
  for (let r = 0; r < depth; r++) sum += a2[i * depth + r] * b2[rows ? r * n + j : j * depth + r];
  return sum;
}

/** dy summed over everything but the columns, wherever the output's rows lie. */
function biasGradient({ inputs: [, , bias], attrs: { n, out } }: Value<MatmulAttrs>, dy: Value): Value {
  if ([out.row, out.b0, out.b1].some((stride) => stride % n))
    throw new Error(`matmul: no gradient of a bias where rows of ${n} columns are not whole pieces of the output`);
  return sumLeading(dy, bias.shape);
}

/** The general form; `shape` is the output's. Most callers want `linear` or the views of attention.ts. */
export function matmul(
  a: Value,
  b: Value,
  spec: Pick<MatmulAttrs, 'm' | 'n' | 'k' | 'batch' | 'a' | 'b' | 'out'> & { alpha?: number },
  shape: Shape,
  extra: { bias?: Value | null; residual?: Value | null } = {},
): Value {
  if (spec.out.col !== 1) throw new Error('matmul: the output must be contiguous along its columns');
  const { bias = null, residual = null } = extra;
  if (spec.m * spec.n * spec.batch[0] * spec.batch[1] !== sizeOf(shape)) {
    throw new Error(`matmul: ${spec.batch}×${spec.m}×${spec.n} is not [${shape}]`);
  }
  if (bias && bias.size !== spec.n) throw new Error(`matmul: bias [${bias.shape}] for ${spec.n} columns`);
  if (residual && residual.size !== sizeOf(shape))
    throw new Error(`matmul: residual [${residual.shape}] for [${shape}]`);
  const inputs = [a, b, ...(bias ? [bias] : []), ...(residual ? [residual] : [])];
  const attrs = { ...spec, alpha: spec.alpha ?? 1, bias: !!bias, residual: !!residual };
  return new Value(matmulOp, inputs, attrs, shape);
}

const flat = (row: number, col: number): View => ({ b1: 0, b0: 0, row, col });

/**
 * y = x·Wᵀ·alpha + bias + residual, torch.nn.functional.linear.
 * @param x [..., K]  @param w [N, K], any precision  @param bias [N]  @param residual [..., N]
 */
export function linear(
  x: Value,
  w: Value,
  bias: Value | null = null,
  extra: { residual?: Value | null; alpha?: number } = {},
): Value {
  const k = x.shape[x.shape.length - 1];
  const [n, wk] = w.shape;
  if (w.shape.length !== 2 || wk !== k) throw new Error(`linear: weight [${w.shape}] for inputs of ${k}`);
  const m = x.size / k;
  const spec = {
    m,
    n,
    k,
    batch: [1, 1] as const,
    a: flat(k, 1),
    b: flat(1, k),
    out: flat(n, 1),
    alpha: extra.alpha ?? 1,
  };
  return matmul(x, w, spec, [...x.shape.slice(0, -1), n], { bias, residual: extra.residual });
}
