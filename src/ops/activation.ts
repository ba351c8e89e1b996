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
  reference: ({ attrs }, [x]) => x.map((v) => activate(attrs, v)[0]),
  gradient: (node, dy, needs) => [needs[0] ? new Value(backwardOp, [node.inputs[0], dy], node.attrs, dy.shape) : null],
  flops: (node) => 8 * node.size,
  kernels: (node) => kernels('activation/forward', node, { x: node.inputs[0], out: node }),
};

const backwardOp: KernelOp<Attrs> = {
  name: 'activation-backward',
  reference: ({ attrs }, [x, dy]) => x.map((v, i) => activate(attrs, v)[1] * dy[i]),
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

/** f(x) and f'(x) in double precision. */
function activate({ kind, bound }: Attrs, x: number): [number, number] {
  switch (kind) {
    case 'relu':
      return [Math.max(x, 0), x > 0 ? 1 : 0];
    case 'gelu': {
      const cumulative = 0.5 * (1 + erf(x * Math.SQRT1_2));
      return [x * cumulative, cumulative + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI)];
    }
    case 'bounded_tanh': {
      const t = Math.tanh(x / bound);
      return [bound * t, 1 - t * t];
    }
    case 'gelu_tanh': {
      const c = Math.sqrt(2 / Math.PI);
      return sigmoidGated(x, 2 * c * (x + 0.044715 * x ** 3), 2 * c * (1 + 3 * 0.044715 * x * x));
    }
    case 'quick_gelu':
      return sigmoidGated(x, 1.702 * x, 1.702);
    case 'silu':
      return sigmoidGated(x, x, 1);
  }
}

/** x·σ(g) and its derivative, given g(x) and g'(x). */
function sigmoidGated(x: number, g: number, slope: number): [number, number] {
  const s = 1 / (1 + Math.exp(-g));
  return [x * s, s + x * s * (1 - s) * slope];
}

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
