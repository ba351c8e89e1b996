/**
 * @file Scaled dot-product attention, softmax(q·kᵀ/√D)·v, over heads stored side by side.
 */
import type { Value } from '../graph/graph';
import { matmul } from './matmul';
import type { View } from './matmul-kernels';
import { softmax } from './softmax';

/**
 * @param q [B, S, H, D]  @param k [B, T, H, D]  @param v [B, T, H, D]
 * @returns [B, S, H·D]
 */
export function attention(q: Value, k: Value, v: Value): Value {
  const [batch, s, heads, d] = q.shape;
  const t = k.shape[1];
  const rows = (length: number): View => ({ b1: length * heads * d, b0: d, row: heads * d, col: 1 });
  const scoresView: View = { b1: heads * s * t, b0: s * t, row: t, col: 1 };
  const batches = [batch, heads] as const;
  const keys = rows(t);
  const scores = matmul(
    q,
    k,
    { m: s, n: t, k: d, batch: batches, a: rows(s), b: { ...keys, row: 1, col: keys.row }, out: scoresView },
    [batch, heads, s, t],
  );
  const weights = softmax(scores, 1 / Math.sqrt(d));
  return matmul(weights, v, { m: s, n: d, k: t, batch: batches, a: scoresView, b: rows(t), out: rows(s) }, [
    batch,
    s,
    heads * d,
  ]);
}
