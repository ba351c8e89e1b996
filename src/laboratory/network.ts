/**
 * @file The network of the laboratory: v(x, σ) on the plane, from the ops that the real model is made of.
 *
 *     h₁ = silu(W₁·x + T·τ(σ) + b₁),  h₂ = silu(W₂·h₁ + b₂),  h₃ = silu(W₃·h₂ + b₃),  v = W₄·h₃ + b₄
 *
 * Every W may carry a LoRA.
 */
import type { Value } from '../graph/graph';
import { activation } from '../ops/activation';
import { linear } from '../ops/matmul';

/** Numbers of a point. */
export const DIMENSIONS = 2;
/** Width of the hidden layers. */
export const HIDDEN = 48;
/** Numbers that σ is told by. */
export const TIME = 7;

/** Linears [out, in] that a LoRA may adapt, in the order of the trace. */
export const LINEARS = [
  { name: 'in', in: DIMENSIONS, out: HIDDEN },
  { name: 'hidden.0', in: HIDDEN, out: HIDDEN },
  { name: 'hidden.1', in: HIDDEN, out: HIDDEN },
  { name: 'out', in: HIDDEN, out: DIMENSIONS },
] as const;

/** Frozen tensors by name, with their shapes. */
export const WEIGHTS: readonly { name: string; shape: readonly number[] }[] = [
  ...LINEARS.flatMap(({ name, in: from, out }) => [
    { name: `${name}.weight`, shape: [out, from] },
    { name: `${name}.bias`, shape: [out] },
  ]),
  { name: 'time.weight', shape: [HIDDEN, TIME] },
];

export type Declare = (name: string, shape: readonly number[]) => Value;

/**
 * Traces v [rows, 2] at x [rows, 2] with τ(σ) [rows, 7].
 * @param weight declares a tensor of WEIGHTS
 * @param lora declares a factor, 'in.lora_A.weight' [rank, in] or 'in.lora_B.weight' [out, rank]; null for the base alone
 */
export function network(
  x: Value,
  time: Value,
  weight: Declare,
  lora: { declare: Declare; rank: number } | null,
): Value {
  const apply = ({ name, in: from, out }: (typeof LINEARS)[number], value: Value, residual?: Value) => {
    const [w, b] = [weight(`${name}.weight`, [out, from]), weight(`${name}.bias`, [out])];
    const plain = linear(value, w, b, { residual });
    if (!lora) return plain;
    const down = linear(value, lora.declare(`${name}.lora_A.weight`, [lora.rank, from]));
    return linear(down, lora.declare(`${name}.lora_B.weight`, [out, lora.rank]), null, { residual: plain });
  };
  const [first, ...rest] = LINEARS;
  let hidden = apply(first, x, linear(time, weight('time.weight', [HIDDEN, TIME])));
  for (const layer of rest) hidden = apply(layer, activation(hidden, 'silu'));
  return hidden;
}

/** τ(σ): σ, and sines and cosines of it, of three frequencies. */
export function timeFeatures(sigma: number): number[] {
  return [sigma, ...[1, 2, 4].flatMap((f) => [Math.sin(Math.PI * f * sigma), Math.cos(Math.PI * f * sigma)])];
}
