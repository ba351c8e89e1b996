/**
 * @file Plan once: a graph becomes a prepared program on one device.
 *
 * Fusion, kernel choice (measured once per adapter and shape), memory plan, bind groups. After this a
 * step is a replay.
 */

import type { Gpu, GpuBuffer } from '../gpu/gpu';
import { type BufferRange, type PreparedDispatch, Program } from '../gpu/program';
import { type Candidate, Tuner } from '../gpu/tuner';
import { fuse } from '../graph/fuse';
import {
  constantOp,
  type Dispatch,
  inputOp,
  type Kernel,
  parameterOp,
  reachable,
  type Value,
  weightOp,
} from '../graph/graph';
import { planMemory } from '../graph/memory-plan';

export interface CompileOptions {
  tuner?: Tuner;
  /** Memory of leaves that live outside the program: weights, parameters, inputs shared between programs. */
  place?: (leaf: Value) => BufferRange | undefined;
  /** Memory that an output must be written to, by output name. */
  placeOutput?: (name: string) => BufferRange | undefined;
  /** Progress while variants are measured. */
  onTuning?: (done: number, total: number) => void;
}

/** A compiled graph: write inputs, run, read outputs. */
export class Compiled {
  constructor(
    private readonly gpu: Gpu,
    readonly program: Program,
    private readonly named: Map<string, { range: BufferRange; size: number }>,
    private readonly owned: GpuBuffer[],
    /** Bytes of intermediates, and the least any plan could use. */
    readonly memory: { bytes: number; lowerBound: number },
    /** The least a replay could move: every leaf read once, every output written once. */
    readonly leastBytes: number,
  ) {}

  /** Queues a write of an input by name. @throws on an unknown name or a wrong length. */
  write(name: string, data: Float32Array): void {
    const { range, size } = this.range(name);
    if (data.length !== size) throw new Error(`${name} holds ${size} numbers, not ${data.length}`);
    this.gpu.write(range.buffer, data, range.offset);
  }
  /** Whether the program has that input or output (an input nothing reads is dropped). */
  has(name: string): boolean {
    return this.named.has(name);
  }
  /** Where an input or output lives. */
  range(name: string): { range: BufferRange; size: number } {
    const found = this.named.get(name);
    if (!found) throw new Error(`the program has no input or output ${name}`);
    return found;
  }
  run(): void {
    this.program.run();
  }
  runAndWait(): Promise<void> {
    return this.program.runAndWait();
  }
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { range, size } = this.range(name);
    return this.gpu.readFloats(range.buffer, range.offset, size);
  }
  destroy(): void {
    this.program.destroy();
    for (const buffer of this.owned) buffer.destroy();
  }
}

/**
 * Compiles the graph below `outputs`.
 * @throws UserError where a tensor is larger than the device can bind.
 */
export async function compile(
  gpu: Gpu,
  outputs: Record<string, Value>,
  options: CompileOptions = {},
): Promise<Compiled> {
  const tuner = options.tuner ?? new Tuner({}, false);
  const names = Object.keys(outputs);
  const roots = fuse(names.map((n) => outputs[n]));
  const nodes = reachable(roots);
  const root = (v: Value): Value => (v.op.alias ? root(v.inputs[0]) : v);

  const kernels = new Map<Value, Kernel>();
  const computed = nodes.filter((v) => v.op.kernels);
  const decide = (node: Value) => known(gpu, tuner, node);
  const undecided = computed.filter((node) => !decide(node)).length;
  let decided = 0;
  for (const node of computed) {
    const all = candidates(gpu, node);
    let variant = decide(node);
    if (!variant) {
      variant = await measure(gpu, tuner, node, all);
      options.onTuning?.(++decided, undecided);
    }
    kernels.set(node, all.find((k) => k.variant === variant)!);
  }

  // Lifetimes in steps of the program; scratch lives for its own step only.
  const ranges = new Map<Value, BufferRange>();
  const owned: GpuBuffer[] = [];
  const own = (bytes: number, label: string): BufferRange => {
    const buffer = gpu.buffer(bytes, label);
    owned.push(buffer);
    return { buffer, offset: 0, bytes: buffer.bytes };
  };
  for (const node of nodes) {
    if (node.op.kernels || node.op.alias) continue;
    const placed = options.place?.(node);
    if (placed) ranges.set(node, placed);
    else if (node.op === inputOp || node.op === constantOp) {
      const range = own(node.bytes, node.attrs.name);
      if (node.op === constantOp) gpu.write(range.buffer, node.attrs.data);
      ranges.set(node, range);
    } else if (node.op === weightOp || node.op === parameterOp)
      throw new Error(`no memory was given for ${node.attrs.name}`);
    else throw new Error(`${node.op.name} has no kernel`);
  }
  const named = new Map<string, { range: BufferRange; size: number }>();
  roots.forEach((v, i) => {
    const value = root(v);
    const placed = options.placeOutput?.(names[i]);
    if (placed && ranges.has(value)) throw new Error(`output ${names[i]} is the same value as another leaf or output`);
    if (!ranges.has(value)) ranges.set(value, placed ?? own(value.bytes, names[i]));
  });

  const last = new Map<Value, number>();
  computed.forEach((v, i) => {
    for (const x of v.inputs) last.set(root(x), i);
  });
  const lives: { key: Value | string; bytes: number; from: number; to: number }[] = [];
  computed.forEach((v, i) => {
    if (!ranges.has(v)) lives.push({ key: v, bytes: v.bytes, from: i, to: last.get(v) ?? i });
    for (const [name, bytes] of Object.entries(kernels.get(v)!.scratch ?? {})) {
      lives.push({ key: `${i}/${name}`, bytes, from: i, to: i });
    }
  });
  const plan = planMemory(lives);
  const slots = plan.slots.map((bytes, i) => own(bytes, `slot ${i}`));
  const scratch = new Map<string, BufferRange>();
  lives.forEach(({ key, bytes }, i) => {
    const range = { ...slots[plan.slotOf[i]], bytes: Math.ceil(bytes / 4) * 4 };
    if (typeof key === 'string') scratch.set(key, range);
    else ranges.set(key, range);
  });

  const dispatches: PreparedDispatch[] = [];
  computed.forEach((v, i) => {
    const kernel = kernels.get(v)!;
    const flops = v.op.flops?.(v) ?? 0;
    kernel.dispatches.forEach((d, j) => {
      dispatches.push(
        prepare(d, v, j === 0 ? flops : 0, (x) =>
          typeof x === 'string' ? scratch.get(`${i}/${x}`)! : ranges.get(root(x))!,
        ),
      );
    });
  });
  for (const node of nodes)
    if (node.op === inputOp) named.set(node.attrs.name, { range: ranges.get(node)!, size: node.size });
  for (const [i, v] of roots.entries()) named.set(names[i], { range: ranges.get(root(v))!, size: v.size });
  const program = await Program.prepare(gpu, dispatches);
  const ends = new Set([...nodes.filter((v) => !v.op.kernels && !v.op.alias), ...roots.map(root)]);
  const leastBytes = [...ends].reduce((sum, v) => sum + v.bytes, 0);
  return new Compiled(gpu, program, named, owned, { bytes: plan.bytes, lowerBound: plan.lowerBound }, leastBytes);
}

function prepare(
  d: Dispatch,
  node: Value,
  flops: number,
  rangeOf: (x: Value | string) => BufferRange,
): PreparedDispatch {
  return {
    shader: d.shader,
    constants: d.constants ?? {},
    params: d.params,
    buffers: Object.fromEntries(Object.entries(d.buffers).map(([name, x]) => [name, rangeOf(x)])),
    workgroups: d.workgroups,
    flops,
    label: node.label || node.op.name,
  };
}

/** The node's kernels this device can run. */
export function candidates(gpu: Gpu, node: Value): Kernel[] {
  const { features, subgroupSize } = gpu.description;
  return node.op.kernels!(node).filter(
    (k) => (!k.feature || features.includes(k.feature)) && (k.subgroupSize ?? 0) <= subgroupSize,
  );
}

function tuningKey(node: Value): string {
  const kernels = node.op.kernels!(node);
  const { params, constants } = kernels[0].dispatches[0];
  return `${node.op.name} ${node.inputs.map((v) => v.dtype).join(',')} ${JSON.stringify([params, constants ?? {}])}`;
}

/** Operations and bytes below which a dispatch takes no longer than its own start, whatever its kernel. */
const TRIVIAL_WORK = 1e5;

/** The variant of a node that needs no measuring: remembered, the only one, or one of many for next to no work. */
function known(gpu: Gpu, tuner: Tuner, node: Value): string | null {
  const all = candidates(gpu, node);
  const variants = all.map((k) => k.variant);
  const key = tuningKey(node);
  const bytes = node.bytes + node.inputs.reduce((sum, v) => sum + v.bytes, 0);
  const work = (node.op.flops?.(node) ?? 0) + bytes / 4;
  return tuner.known(key, variants, work < TRIVIAL_WORK ? suitable(gpu, all)[0].variant : null);
}

/** Kernels that can be the best on this kind of adapter. */
function suitable(gpu: Gpu, all: readonly Kernel[]): Kernel[] {
  const kind = gpu.description.software ? 'cpu' : 'gpu';
  return all.filter(({ suits = kind }) => suits === kind);
}

/** Times the candidates on buffers of the node's sizes. */
async function measure(gpu: Gpu, tuner: Tuner, node: Value, all: readonly Kernel[]): Promise<string> {
  const kernels = suitable(gpu, all);
  const buffers = new Map<Value | string, GpuBuffer>();
  const rangeOf = (x: Value | string, bytes: number): BufferRange => {
    let buffer = buffers.get(x);
    if (!buffer) {
      buffer = gpu.buffer(bytes, 'tuning');
      buffers.set(x, buffer);
    }
    return { buffer, offset: 0, bytes: buffer.bytes };
  };
  try {
    const list: Candidate[] = kernels.map((kernel) => ({
      variant: kernel.variant,
      dispatches: kernel.dispatches.map((d) =>
        prepare(d, node, 0, (x) =>
          typeof x === 'string' ? rangeOf(`${kernel.variant}/${x}`, kernel.scratch![x]) : rangeOf(x, x.bytes),
        ),
      ),
    }));
    return await tuner.choose(gpu, tuningKey(node), list);
  } finally {
    for (const buffer of buffers.values()) buffer.destroy();
  }
}
