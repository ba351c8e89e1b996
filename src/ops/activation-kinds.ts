/**
 * @file The curves of activations in double precision, and their numbers in the shaders.
 */

export type ActivationKind = 'relu' | 'gelu_tanh' | 'gelu' | 'quick_gelu' | 'silu';

/** In the order of KIND in shaders/activation/functions.wgsl. */
export const ACTIVATIONS = ['relu', 'gelu_tanh', 'gelu', 'quick_gelu', 'silu', 'bounded_tanh'] as const;

type Curve = (x: number, bound: number) => number;

/** x·σ(g) and its derivative, given g(x) and g'(x). */
const sigmoid = (g: number) => 1 / (1 + Math.exp(-g));
const gatedSlope = (x: number, g: number, slope: number) => {
  const s = sigmoid(g);
  return s + x * s * (1 - s) * slope;
};
const TANH_GATE = 2 * Math.sqrt(2 / Math.PI);
const gaussian = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const cumulative = (x: number) => 0.5 * (1 + erf(x * Math.SQRT1_2));

/** f(x) and f'(x) in double precision. */
export const CURVES: Record<(typeof ACTIVATIONS)[number], { f: Curve; slope: Curve }> = {
  relu: { f: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
  gelu: { f: (x) => x * cumulative(x), slope: (x) => cumulative(x) + x * gaussian(x) },
  gelu_tanh: {
    f: (x) => x * sigmoid(TANH_GATE * (x + 0.044715 * x ** 3)),
    slope: (x) => gatedSlope(x, TANH_GATE * (x + 0.044715 * x ** 3), TANH_GATE * (1 + 3 * 0.044715 * x * x)),
  },
  quick_gelu: { f: (x) => x * sigmoid(1.702 * x), slope: (x) => gatedSlope(x, 1.702 * x, 1.702) },
  silu: { f: (x) => x * sigmoid(x), slope: (x) => gatedSlope(x, x, 1) },
  bounded_tanh: {
    f: (x, bound) => bound * Math.tanh(x / bound),
    slope: (x, bound) => 1 - Math.tanh(x / bound) ** 2,
  },
};

/** erf to double precision: 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)), all terms of one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
