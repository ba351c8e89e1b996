/**
 * @file What an operation adds to its place in the graph: the kernels that compute it on a device. The compiler
 * (src/compiler) picks one for every node and turns its dispatches into a program.
 */
import { type DType, type Op, sizeOf, type Value } from '../graph/graph';

export interface Dispatch {
  /** File below shaders/, without the ending: 'softmax/forward'. */
  shader: string;
  /** Storage bindings by their WGSL name. A string names a scratch buffer of the kernel, or an extra of the operation. */
  buffers: Record<string, Value | string>;
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
  feature?: 'subgroups';
  /** Smallest subgroups the variant works with. */
  subgroupSize?: number;
  /** Runs everywhere but can only win on GPUs, or on CPU drivers; elsewhere its compilation and measurement are spared. */
  suits?: 'gpu' | 'cpu';
}

/** An operation that a device computes. Its reference, gradient rule and kernels are one file of this folder. */
export interface KernelOp<A = any> extends Op<A> {
  /** Candidate kernels, the default first. The node itself is the output buffer. */
  kernels(node: Value<A>): Kernel[];
}

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
