/**
 * @file What an operation adds to its place in the graph: the kernels that compute it on a device. The compiler
 * (src/compiler) picks one for every node and turns its dispatches into a program.
 */
import { type DType, type Op, type Shape, sizeOf, type Value } from '../graph/graph';

/** A value, or by its name a scratch buffer of the kernel or an extra of the operation. */
export type Bound = Value | string;

/**
 * The most that one binding can hold where it is a list: values in one buffer, bound as the range from the first to the
 * last. Where each of binding `b` begins the shader reads from `b_at_0` to `b_at_3` of its `Params`, in elements; `bind`
 * fills them in, with 0 for those that are none.
 */
export const MOST_PARTS = 4;

/** Whether it is bound by itself, not in a list. */
export const isOne = (bound: Bound | readonly Bound[]): bound is Bound => typeof bound === 'string' || 'op' in bound;

export interface Dispatch {
  /** File below shaders/, without the ending: 'softmax/forward'. */
  shader: string;
  /** Storage bindings by their WGSL name. */
  buffers: Record<string, Bound | readonly Bound[]>;
  /** Fields of the WGSL `Params` struct, every one of them. */
  params: Record<string, number>;
  /** Those of them that do not change how long it takes: a choice of kernel is remembered without them. */
  untuned?: readonly string[];
  /** `override` constants. */
  constants?: Record<string, number | boolean>;
  workgroups: readonly [number, number, number];
  /** The input that this dispatch only moves to its run of the node (`Op.runs`): left out where it is made there. */
  moves?: number;
}

/** One way to compute a node on the GPU. */
export interface Kernel {
  /** Name under which the tuner remembers it. */
  variant: string;
  dispatches: Dispatch[];
  /** Scratch buffers by name, in bytes. */
  scratch?: Record<string, number>;
  /** Device feature the variant needs; left out where it is missing. */
  feature?: 'subgroups' | 'shader-f16';
  /** Smallest subgroups the variant works with. */
  subgroupSize?: number;
  /** Runs everywhere but can only win on GPUs, or on CPU drivers; elsewhere its compilation and measurement are spared. */
  suits?: 'gpu' | 'cpu';
}

/** What nodes that are parts of one have in common. */
export interface Alike {
  key: string;
  /** The inputs that must be the same values. */
  shared: readonly Value[];
  /** Those that each part has of its own: its first must be in one buffer with the first of the others, and so on. */
  apart: readonly Value[];
}

/** How alike nodes become the parts of one, with one dispatch instead of one each (compiler/merge.ts). */
export interface PartRule<A = any> {
  /** In which ways the node can be a part, the better first; none where it cannot. */
  alike(node: Value<A>): Alike[];
  /** The node of two to MOST_PARTS parts, one after the other. */
  join(nodes: readonly Value<A>[]): Value;
}

/** An operation that a device computes. Its reference, gradient rule and kernels are one file of this folder. */
export interface KernelOp<A = any> extends Op<A> {
  parts?: PartRule<A>;
  /** Candidate kernels, the default first. The node itself is the output buffer. */
  kernels(node: Value<A>): Kernel[];
}

/** NAME_1 to NAME_3 of a `Params`: what parts after the first have. */
export const ofOtherParts = (name: string, of: (part: number) => number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: MOST_PARTS - 1 }, (_, i) => [`${name}_${i + 1}`, of(i + 1)]));

/** Where each part begins, of parts of those sizes one after the other. */
export const startsOf = (sizes: readonly number[]): number[] =>
  sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));

/** Whether parts of that shape, one after the other, each begin where a buffer can be bound. */
export const wholeParts = (shape: Shape): boolean => sizeOf(shape) % 64 === 0;

/** Whether there are kernels for the value: it is no leaf, and more than another name of its input. */
export function isComputed(value: Value): value is Value & { readonly op: KernelOp } {
  return 'kernels' in value.op;
}

/** Bytes of the buffers that a kernel names: its scratch, and the extras of the operation. */
export function namedBuffers(node: Value, { scratch }: Kernel): Record<string, number> {
  const extras = Object.entries(node.op.extras ?? {}).map(([name, { shape }]) => [name, 4 * sizeOf(shape(node))]);
  return { ...scratch, ...Object.fromEntries(extras) };
}

const DTYPE_CODE: Partial<Record<DType, number>> = { f32: 0, f16: 1, bf16: 2 };

/** A storage type as shaders/common/packed.wgsl numbers it: one that has each element by itself. */
export function dtypeCode(dtype: DType): number {
  const code = DTYPE_CODE[dtype];
  if (code === undefined) throw new Error(`${dtype} is read in blocks, by matrix multiplications only`);
  return code;
}
