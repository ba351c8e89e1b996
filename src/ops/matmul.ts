/**
 * @file Matrix multiplication, the one op behind linears, attention and LoRA's gradients:
 *
 *     out[b1,b0,m,n] = alpha · Σ_k A[b1,b0,m,k]·B[b1,b0,k,n] + bias[n] + residual[b1,b0,m,n]
 *
 * Operands are strided views, so heads are read and written in place inside [B, S, H·D] without a
 * transpose. B may be a frozen weight in its file's precision.
 */
import { type Shape, sizeOf, Value } from '../graph/graph';
import type { KernelOp } from './kernel';
import { withSecond } from './matmul-epilogue';
import { type MatmulAttrs, matmulKernels, type View } from './matmul-kernels';
import { productOf } from './matmul-reference';
import { partsOfMatmul } from './several-matmul';
import { sumLeading } from './sum-leading';

const matmulOp: KernelOp<MatmulAttrs> = {
  name: 'matmul',

  reference: productOf,

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
