/**
 * @file The static graph: what a traced model is.
 *
 * A model is a function that calls op constructors (`linear`, `softmax`, …); each returns a `Value`.
 * Nothing runs while tracing. This folder knows the structure and what it means in numbers (`interpret.ts`), not how
 * a device computes it: kernels are the ops' own (src/ops), transformations and programs the compiler's (src/compiler).
 */

import { type Blocks, packedBytes } from '../formats/quants/blocks';
import { QUANTS, type Quant } from '../formats/quants/index';

/** Sizes from the outermost to the innermost axis; the innermost is contiguous. */
export type Shape = readonly number[];

/** Storage precision. Activations and gradients are always f32; only frozen weights may be packed, linears' also in blocks. */
export type DType = 'f32' | 'f16' | 'bf16' | Quant;

/** How a type is laid out whose numbers do not stand by themselves; null of one whose do. */
export const quantOfDType = (dtype: DType): Blocks | null => (dtype in QUANTS ? QUANTS[dtype as Quant] : null);

/** Bytes of so many numbers on the GPU, in whole words. */
function bytesOfDType(dtype: DType, size: number): number {
  const quant = quantOfDType(dtype);
  if (quant) return packedBytes(quant, size / quant.weights);
  return dtype === 'f32' ? 4 * size : 4 * Math.ceil(size / 2);
}

/** What an operation means: its numbers, its gradient, its cheaper equivalents. */
export interface Op<A = any> {
  readonly name: string;
  /** CPU reference in double precision. `inputs` are in the order of `node.inputs`. */
  reference?(node: Value<A>, inputs: Float64Array[]): Float64Array;
  /**
   * Emits dL/dinput as ordinary nodes: one entry an input, null where none is needed or the rule has none (which is an
   * error where one is needed). `needs[i]` is false for inputs no trainable value depends on: emit nothing for them.
   */
  gradient?(node: Value<A>, dy: Value, needs: boolean[]): (Value | null)[];
  /** Arithmetic of one evaluation (multiply and add count as two). */
  flops?(node: Value<A>): number;
  /** A cheaper equivalent of the node, or null. `uses(v)` is how many nodes (and outputs) read v. */
  fuse?(node: Value<A>, uses: (value: Value) => number): Value | null;
  /** The node plus a value of its size, computed by the node's own kernel; null where it cannot. */
  withResidual?(node: Value<A>, residual: Value): Value | null;
  /** Where the node is a run of input 0's numbers: the first of them. Null where it is none. */
  view?(node: Value<A>): number | null;
  /** Where the node holds its inputs as whole runs, one after the other or not: the first number of each, else null. */
  runs?(node: Value<A>): number[] | null;
  /** What the kernels compute besides the node itself, by name (`extra`). */
  readonly extras?: Record<string, Extra<A>>;
}

/** A second output of an operation, as the log-sum-exp of attention's rows: f32, read in gradients, without one itself. */
export interface Extra<A = any> {
  shape(node: Value<A>): Shape;
  reference(node: Value<A>, inputs: Float64Array[]): Float64Array;
}

export class Value<A = any> {
  /** Position in the trace: inputs come before their readers. */
  readonly order: number;
  /** What tests and the inspector may ask for it by; '' mostly. */
  label: string;
  /** Part of the model it was traced in (`within`), '' outside of any. */
  readonly origin: string;
  /** @param standsFor the value whose place in the trace, label and origin this one takes (a transformed graph) */
  constructor(
    readonly op: Op<A>,
    readonly inputs: readonly Value[],
    readonly attrs: A,
    readonly shape: Shape,
    readonly dtype: DType = 'f32',
    standsFor?: Pick<Value, 'order' | 'label' | 'origin'>,
  ) {
    this.order = standsFor?.order ?? nextOrder++;
    this.label = standsFor?.label ?? '';
    this.origin = standsFor?.origin ?? currentOrigin;
  }
  get size(): number {
    return sizeOf(this.shape);
  }
  /** Bytes on the GPU; packed types are padded to whole 32-bit words. */
  get bytes(): number {
    return bytesOfDType(this.dtype, this.size);
  }
}

let nextOrder = 0;
let currentOrigin = '';

/**
 * Traces a part of a model under a name, 'transformer/transformer_blocks.0.attn.to_q': what `build` makes has it as
 * origin, but for what is named more closely inside.
 */
export function within<T>(origin: string, build: () => T): T {
  const outer = currentOrigin;
  currentOrigin = origin;
  try {
    return build();
  } finally {
    currentOrigin = outer;
  }
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** Names a value so that tests and the inspector can ask for it. Returns the value. */
export function named(label: string, value: Value): Value {
  value.label = label;
  return value;
}

// Leaves: values that no kernel computes.

/** Written by the host before a replay. */
export const inputOp: Op<{ name: string }> = { name: 'input' };
/** A frozen tensor of the bundle, in its file's precision. */
export const weightOp: Op<WeightAttrs> = { name: 'weight' };
/** A trainable tensor: a range of the adapter's parameter buffer. */
export const parameterOp: Op<{ name: string }> = { name: 'parameter' };
/** Data known when tracing (position tables, resize matrices). */
export const constantOp: Op<{ name: string; data: Float32Array }> = {
  name: 'constant',
  reference: (node) => Float64Array.from(node.attrs.data),
};

/** How a weight's elements are arranged when uploaded. */
export interface WeightAttrs {
  /** Tensor name with its folder: 'transformer/x_embedder.weight'. */
  name: string;
  /** Key of `models/weights.ts`'s layouts; 'file' keeps the file's order. */
  layout: string;
  /** Only these rows of the first axis, for weights larger than one binding. */
  rows?: readonly [number, number];
  /** Tensors whose rows follow, names without the folder: several linears of one input read as one. */
  followedBy?: readonly string[];
  /** Tensors of one name here are put in one buffer: they are read by one dispatch (compiler/merge.ts). */
  near?: string;
}

/** Input 0's extra of that name: its memory is written by input 0's kernel. */
export const extraOp: Op<{ name: string }> = {
  name: 'extra',
  gradient: ({ inputs: [node], attrs }) => {
    throw new Error(`${node.op.name} has no gradient through its ${attrs.name}`);
  },
};

/** @throws where the operation has no such extra */
export function extra(node: Value, name: string): Value {
  const rule = node.op.extras?.[name];
  if (!rule) throw new Error(`${node.op.name} has no extra ${name}`);
  return new Value(extraOp, [node], { name }, rule.shape(node));
}

export const input = (name: string, shape: Shape): Value => new Value(inputOp, [], { name }, shape);
export const weight = (attrs: WeightAttrs, shape: Shape, dtype: DType): Value =>
  new Value(weightOp, [], attrs, shape, dtype);
export const parameter = (name: string, shape: Shape): Value => new Value(parameterOp, [], { name }, shape);
export const constant = (name: string, data: Float32Array, shape: Shape): Value =>
  new Value(constantOp, [], { name, data }, shape);

/** Every value the outputs depend on, inputs before readers. What is not reachable is dead and disappears here. */
export function reachable(outputs: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const stack = [...outputs];
  while (stack.length) {
    const value = stack.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    stack.push(...value.inputs);
  }
  return [...seen].sort((a, b) => a.order - b.order);
}
