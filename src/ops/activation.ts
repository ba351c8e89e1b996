/**
 * @file Pointwise nonlinearities, named as diffusers and transformers name them.
 */
import { Value } from '../graph/graph';
import { ACTIVATIONS, type ActivationKind, CURVES } from './activation-kinds';
import type { Kernel, KernelOp } from './kernel';
import { withActivation } from './matmul-epilogue';
import { pointwiseKernels } from './pointwise';

interface Attrs {
  kind: ActivationKind | 'bounded_tanh';
  /** Of bounded_tanh; 1 elsewhere. */
  bound: number;
}

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
  // Where nothing else needs the sum, whatever makes it applies the activation.
  fuse: ({ inputs: [x], attrs: { kind } }, uses) =>
    kind !== 'bounded_tanh' && uses(x) === 1 && !x.label ? withActivation(x, kind) : null,
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
