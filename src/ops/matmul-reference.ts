/**
 * @file What a matrix multiplication is in numbers: the CPU reference of matmul and several-matmul.
 */
import type { Value } from '../graph/graph';
import { CURVES } from './activation-kinds';
import { type MatmulAttrs, operandsOf } from './matmul-kernels';

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

/** The numbers of a product, or of a part of several: `data` are its operands'. */
export function productOf(node: Pick<Value<MatmulAttrs>, 'inputs' | 'attrs' | 'size'>, data: Float64Array[]) {
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
}

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
