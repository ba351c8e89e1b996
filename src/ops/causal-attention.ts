/**
 * @file Attention in which a token sees those before it and itself.
 */
import { constant, type Value } from '../graph/graph';
import { add } from './add';
import { matmul } from './matmul';
import type { View } from './matmul-kernels';
import { softmax } from './softmax';

/** Far below every score, and finite. */
const HIDDEN = -1e9;

/**
 * softmax(q·kᵀ/√D, later tokens hidden)·v over heads stored side by side.
 * @param q, k, v [B, T, H, D]
 * @returns [B, T, H·D]
 */
export function causalAttention(q: Value, k: Value, v: Value): Value {
  const [batch, t, heads, d] = q.shape;
  const rows: View = { b1: t * heads * d, b0: d, row: heads * d, col: 1 };
  const square: View = { b1: heads * t * t, b0: t * t, row: t, col: 1 };
  const common = { m: t, batch: [batch, heads] as const, a: rows };
  const scores = matmul(q, k, { ...common, n: t, k: d, b: { ...rows, row: 1, col: rows.row }, out: square }, [
    batch,
    heads,
    t,
    t,
  ]);
  const mask = Float32Array.from({ length: t * t }, (_, i) => (i % t > Math.floor(i / t) ? HIDDEN : 0));
  const weights = softmax(add(scores, constant(`causal mask of ${t}`, mask, [t, t])), 1 / Math.sqrt(d));
  return matmul(weights, v, { ...common, n: d, k: t, a: square, b: rows, out: rows }, [batch, t, heads * d]);
}
