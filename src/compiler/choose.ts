/**
 * @file Which of a node's kernels computes it: the one the tuner remembers, or the fastest on this adapter, measured
 * once per operation and sizes.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import type { BufferRange } from '../gpu/program';
import { bytesOfAll, rangesInOne } from '../gpu/ranges';
import type { Candidate, Tuner } from '../gpu/tuner';
import type { Value } from '../graph/graph';
import { type Bound, isComputed, type Kernel, type KernelOp, namedBuffers } from '../ops/kernel';
import { bind } from './bind';

type Computed = Value & { readonly op: KernelOp };

/**
 * A kernel for every node; measures where nothing is remembered.
 * @param onTuning progress while variants are measured
 */
export async function chooseKernels(
  gpu: Gpu,
  tuner: Tuner,
  nodes: readonly Computed[],
  onTuning: (done: number, total: number) => void = () => {},
): Promise<Map<Value, Kernel>> {
  const kernels = new Map<Value, Kernel>();
  const undecided = nodes.filter((node) => !known(gpu, tuner, node)).length;
  let decided = 0;
  for (const node of nodes) {
    const all = candidates(gpu, node);
    let variant = known(gpu, tuner, node);
    if (!variant) {
      variant = await measure(gpu, tuner, node, all);
      onTuning(++decided, undecided);
    }
    kernels.set(node, all.find((k) => k.variant === variant)!);
  }
  return kernels;
}

/** The node's kernels this device can run; none for what no kernel computes. */
export function candidates(gpu: Gpu, node: Value): Kernel[] {
  if (!isComputed(node)) return [];
  const { features, subgroupSize } = gpu.description;
  return node.op
    .kernels(node)
    .filter((k) => (!k.feature || features.includes(k.feature)) && (k.subgroupSize ?? 0) <= subgroupSize);
}

/** What a choice is remembered under: a change of it makes old choices, and runs resumed with them, start over. */
function tuningKey(node: Computed): string {
  const { params: all, constants, untuned = [] } = node.op.kernels(node)[0].dispatches[0];
  const params = Object.fromEntries(Object.entries(all).filter(([name]) => !untuned.includes(name)));
  return `${node.op.name} ${node.inputs.map((v) => v.dtype).join(',')} ${JSON.stringify([params, constants ?? {}])}`;
}

/** Operations and bytes below which a dispatch takes no longer than its own start, whatever its kernel. */
const TRIVIAL_WORK = 1e5;

/** The variant of a node that needs no measuring: remembered, the only one, or one of many for next to no work. */
function known(gpu: Gpu, tuner: Tuner, node: Computed): string | null {
  const all = candidates(gpu, node);
  const variants = all.map((k) => k.variant);
  const bytes = node.bytes + node.inputs.reduce((sum, v) => sum + v.bytes, 0);
  const work = (node.op.flops?.(node) ?? 0) + bytes / 4;
  return tuner.known(tuningKey(node), variants, work < TRIVIAL_WORK ? suitable(gpu, all)[0].variant : null);
}

/** Kernels that can be the best on this kind of adapter. */
function suitable(gpu: Gpu, all: readonly Kernel[]): Kernel[] {
  const kind = gpu.description.software ? 'cpu' : 'gpu';
  return all.filter(({ suits = kind }) => suits === kind);
}

/** Times the candidates on buffers of the node's sizes. */
async function measure(gpu: Gpu, tuner: Tuner, node: Computed, all: readonly Kernel[]): Promise<string> {
  const buffers: GpuBuffer[] = [];
  const ranges = new Map<Bound, BufferRange>();
  /** Room for all of them, in one buffer. */
  const make = (parts: readonly { of: Bound; bytes: number }[]): void => {
    const inOne = rangesInOne(parts.map(({ bytes }) => bytes));
    const buffer = gpu.buffer(bytesOfAll(inOne), 'One operation of the network');
    buffers.push(buffer);
    parts.forEach(({ of }, i) => {
      ranges.set(of, { buffer, ...inOne[i] });
    });
  };
  try {
    const list: Candidate[] = suitable(gpu, all).map((kernel) => {
      const { variant, dispatches } = kernel;
      const named = namedBuffers(node, kernel);
      const key = (x: Bound) => (typeof x === 'string' ? `${variant}/${x}` : x);
      const bytes = (x: Bound) => (typeof x === 'string' ? named[x] : x.bytes);
      const bound = dispatches.flatMap((d) => Object.values(d.buffers).map((x) => [x].flat()));
      // What is bound together first.
      for (const list of bound.sort((a, b) => b.length - a.length)) {
        const missing = list.filter((x, i) => !ranges.has(key(x)) && list.indexOf(x) === i);
        if (missing.length > 0) make(missing.map((x) => ({ of: key(x), bytes: bytes(x) })));
      }
      return { variant, dispatches: dispatches.map((d) => bind(d, node, 0, (x) => ranges.get(key(x))!)) };
    });
    return await tuner.choose(gpu, tuningKey(node), list);
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
