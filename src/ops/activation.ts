/**
 * @file Pointwise nonlinearities, named as diffusers and transformers name them.
 */
import { Value } from '../graph/graph';
import type { Kernel, KernelOp } from './kernel';
import { pointwiseKernels } from './pointwise';

export type ActivationKind = 'relu' | 'gelu_tanh' | 'gelu' | 'quick_gelu' | 'silu';

interface Attrs {
  kind: ActivationKind | 'bounded_tanh';
  /** Of bounded_tanh; 1 elsewhere. */
  bound: number;
}

/** In the order of KIND in shaders/activation/functions.wgsl. */
export const ACTIVATIONS = ['relu', 'gelu_tanh', 'gelu', 'quick_gelu', 'silu', 'bounded_tanh'] as const;

const activationOp: KernelOp<Attrs> = {
  name: 'activation',
  reference: ({ attrs: { kind, bound } }, [x]) => {
    const { f } = CURVES[kind];
    const out = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) out[i] = f(x[i], bound);
    return out;
  },
  gradient: (node, dy, needs) => [needs[0] ? new Value(backwardOp, [node.inputs[0], dy], node.attrs, dy.shape) : null],
  flops: (node) => 8 * node.size,
  kernels: (node) => kernels('activation/forward', node, { x: node.inputs[0], out: node }),
};

const backwardOp: KernelOp<Attrs> = {
  name: 'activation-backward',
  reference: ({ attrs: { kind, bound } }, [x, dy]) => {
    const { slope } = CURVES[kind];
    const out = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) out[i] = slope(x[i], bound) * dy[i];
    return out;
  },
  flops: (node) => 12 * node.size,
  kernels: (node) => kernels('activation/backward', node, { x: node.inputs[0], dy: node.inputs[1], out: node }),
};

function kernels(shader: string, node: Value<Attrs>, buffers: Record<string, Value>): Kernel[] {
  const { kind, bound } = node.attrs;
  return pointwiseKernels(shader, node.size, {
    buffers,
    params: { count: node.size, bound },
    constants: { KIND: ACTIVATIONS.indexOf(kind) },
  });
}

/** The activation of every element; x of any shape. `gelu` is the exact one (erf). */
export function activation(x: Value, kind: ActivationKind): Value {
  return new Value(activationOp, [x], { kind, bound: 1 }, x.shape);
}

/** bound·tanh(x / bound): AutoencoderTiny's clamp of latents, with bound 3. @throws where bound is not positive. */
export function boundedTanh(x: Value, bound: number): Value {
  if (!(bound > 0)) throw new Error(`bounded tanh: the bound must be positive, not ${bound}`);
  return new Value(activationOp, [x], { kind: 'bounded_tanh', bound }, x.shape);
}

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
const CURVES: Record<Attrs['kind'], { f: Curve; slope: Curve }> = {
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
