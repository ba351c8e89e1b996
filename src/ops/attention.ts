/**
 * @file Scaled dot-product attention, softmax(q·kᵀ/√D)·v, over heads stored side by side.
 */
import { extra, sameShape, Value } from '../graph/graph';
import { type AttentionSizes, attentionSizes, backwardKernels, forwardKernels, scoreScale } from './attention-kernels';
import type { KernelOp } from './kernel';

const attentionOp: KernelOp = {
  name: 'attention',
  reference: (node, inputs) => forward(attentionSizes(node), inputs).out,
  extras: {
    /** log Σ exp of each row of scores: [B, H, S]. */
    log_sum_exp: {
      shape: ({ inputs: [q] }) => [q.shape[0], q.shape[2], q.shape[1]],
      reference: (node, inputs) => forward(attentionSizes(node), inputs).logSumExp,
    },
  },
  gradient: (node, dy, needs) => {
    const [q] = node.inputs;
    const dq = new Value(backwardOp, [...node.inputs, node, dy, extra(node, 'log_sum_exp')], {}, q.shape);
    return [needs[0] ? dq : null, needs[1] ? extra(dq, 'dk') : null, needs[2] ? extra(dq, 'dv') : null];
  },
  flops: (node) => counted(node, 4, 6),
  kernels: forwardKernels,
};

/** dq from q, k, v, the output, its gradient and its `log_sum_exp`; dk and dv are extras. */
const backwardOp: KernelOp = {
  name: 'attention-backward',
  reference: (node, inputs) => backward(attentionSizes(node), inputs).dq,
  extras: {
    dk: {
      shape: ({ inputs: [, k] }) => k.shape,
      reference: (node, inputs) => backward(attentionSizes(node), inputs).dk,
    },
    dv: {
      shape: ({ inputs: [, , v] }) => v.shape,
      reference: (node, inputs) => backward(attentionSizes(node), inputs).dv,
    },
  },
  flops: (node) => counted(node, 10, 11),
  kernels: backwardKernels,
};

/** Arithmetic by what each channel of a score takes, and what each score. */
function counted(node: Value, eachChannel: number, eachScore: number): number {
  const { batch, s, t, heads, d } = attentionSizes(node);
  return batch * heads * s * t * (eachChannel * d + eachScore);
}

/**
 * @param q [B, S, H, D]  @param k [B, T, H, D]  @param v [B, T, H, D]
 * @returns [B, S, H·D]; its extra `log_sum_exp` [B, H, S]. Memory grows with S + T, not with S·T, for D up to 128.
 * @throws where the shapes do not fit
 */
export function attention(q: Value, k: Value, v: Value): Value {
  const [batch, s, heads, d] = q.shape;
  if (q.shape.length !== 4 || !sameShape(k.shape, [batch, k.shape[1], heads, d]) || !sameShape(k.shape, v.shape))
    throw new Error(`attention: queries [${q.shape}], keys [${k.shape}], values [${v.shape}]`);
  return new Value(attentionOp, [q, k, v], {}, [batch, s, heads * d]);
}

/** Calls `visit` with each query of each head: where it begins, its number in [B, H, S], and where each key begins. */
function eachQuery(
  { batch, s, t, heads, d }: AttentionSizes,
  visit: (query: number, row: number, keys: readonly number[]) => void,
): void {
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const at = (length: number, i: number) => ((b * length + i) * heads + h) * d;
      const keys = Array.from({ length: t }, (_, j) => at(t, j));
      for (let i = 0; i < s; i++) visit(at(s, i), (b * heads + h) * s + i, keys);
    }
  }
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, d: number): number {
  let sum = 0;
  for (let c = 0; c < d; c++) sum += a[i + c] * b[j + c];
  return sum;
}

/** to[i..] += factor·from[j..] */
function addTo(to: Float64Array, i: number, factor: number, from: Float64Array, j: number, d: number): void {
  for (let c = 0; c < d; c++) to[i + c] += factor * from[j + c];
}

/** Reference, row by row. */
function forward(sizes: AttentionSizes, [q, k, v]: Float64Array[]) {
  const { batch, s, heads, d } = sizes;
  const out = new Float64Array(q.length);
  const logSumExp = new Float64Array(batch * heads * s);
  eachQuery(sizes, (query, row, keys) => {
    const scores = keys.map((key) => scoreScale(d) * dot(q, query, k, key, d));
    const greatest = scores.reduce((a, b) => Math.max(a, b));
    logSumExp[row] = greatest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - greatest), 0));
    keys.forEach((key, j) => {
      addTo(out, query, Math.exp(scores[j] - logSumExp[row]), v, key, d);
    });
  });
  return { out, logSumExp };
}

/** Reference of the gradient: FlashAttention-2 (Dao 2023), algorithm 2, one query at a time. */
function backward(sizes: AttentionSizes, [q, k, v, out, dy, logSumExp]: Float64Array[]) {
  const { d } = sizes;
  const scale = scoreScale(d);
  const dq = new Float64Array(q.length);
  const dk = new Float64Array(k.length);
  const dv = new Float64Array(v.length);
  eachQuery(sizes, (query, row, keys) => {
    const rowTerm = dot(dy, query, out, query, d);
    for (const key of keys) {
      const p = Math.exp(scale * dot(q, query, k, key, d) - logSumExp[row]);
      const ds = scale * p * (dot(dy, query, v, key, d) - rowTerm);
      addTo(dq, query, ds, k, key, d);
      addTo(dk, key, ds, q, query, d);
      addTo(dv, key, p, dy, query, d);
    }
  });
  return { dq, dk, dv };
}
