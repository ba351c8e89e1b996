/**
 * @file Plan once: a graph becomes a prepared program on one device.
 *
 * Fusion, schedule, kernel choice (measured once per adapter and shape), memory plan, bind groups. After this a
 * step is a replay.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import { type BufferRange, type PreparedDispatch, Program } from '../gpu/program';
import { Tuner } from '../gpu/tuner';
import { constantOp, inputOp, parameterOp, type Value, weightOp } from '../graph/graph';
import { intern } from '../graph/leaves';
import { isComputed } from '../ops/kernel';
import { bind } from './bind';
import { chooseKernels } from './choose';
import { Compiled, type Named } from './compiled';
import { fuse } from './fuse';
import { planMemory } from './memory-plan';
import { schedule } from './schedule';

export interface CompileOptions {
  tuner?: Tuner;
  /** Memory of leaves that live outside the program: weights, parameters, inputs shared between programs. */
  place?: (leaf: Value) => BufferRange | undefined;
  /** Memory that an output must be written to, by output name. */
  placeOutput?: (name: string) => BufferRange | undefined;
  /** Progress while variants are measured. */
  onTuning?: (done: number, total: number) => void;
}

/**
 * Compiles the graph below `outputs`.
 * @throws UserError where a tensor is larger than the device can bind; Error where one name is given to two leaves that
 * differ, or to an input and an output.
 */
export async function compile(
  gpu: Gpu,
  outputs: Record<string, Value>,
  options: CompileOptions = {},
): Promise<Compiled> {
  const owned: GpuBuffer[] = [];
  try {
    return await build(gpu, outputs, options, owned);
  } catch (error) {
    for (const buffer of owned) buffer.destroy();
    throw error;
  }
}

/** @param owned gets every buffer that is made on the way */
async function build(
  gpu: Gpu,
  outputs: Record<string, Value>,
  options: CompileOptions,
  owned: GpuBuffer[],
): Promise<Compiled> {
  const tuner = options.tuner ?? new Tuner({}, false);
  const names = Object.keys(outputs);
  const roots = fuse(intern(names.map((n) => outputs[n])));
  const nodes = schedule(roots);
  const root = (v: Value): Value => (v.op.alias ? root(v.inputs[0]) : v);

  const computed = nodes.filter(isComputed);
  const kernels = await chooseKernels(gpu, tuner, computed, options.onTuning);

  // Lifetimes in steps of the program; scratch lives for its own step only.
  const ranges = new Map<Value, BufferRange>();
  const own = (bytes: number, label: string): BufferRange => {
    const buffer = gpu.buffer(bytes, label);
    owned.push(buffer);
    return { buffer, offset: 0, bytes: buffer.bytes };
  };
  for (const node of nodes) {
    if (isComputed(node) || node.op.alias) continue;
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
        bind(d, v, j === 0 ? flops : 0, (x) =>
          typeof x === 'string' ? scratch.get(`${i}/${x}`)! : ranges.get(root(x))!,
        ),
      );
    });
  });
  const named = new Map<string, Named>();
  for (const node of nodes) {
    const { name } = node.attrs;
    if (node.op !== inputOp) continue;
    const output = roots[names.indexOf(name)];
    if (output && root(output) !== node) throw new Error(`an input and an output are both called ${name}`);
    named.set(name, { range: ranges.get(node)!, size: node.size });
  }
  const unwritten = [...named.keys()].filter((name) => owned.includes(named.get(name)!.range.buffer));
  for (const [i, v] of roots.entries()) named.set(names[i], { range: ranges.get(root(v))!, size: v.size });
  const program = await Program.prepare(gpu, dispatches);
  const ends = new Set([...nodes.filter((v) => !isComputed(v) && !v.op.alias), ...roots.map(root)]);
  const leastBytes = [...ends].reduce((sum, v) => sum + v.bytes, 0);
  const memory = { bytes: plan.bytes, lowerBound: plan.lowerBound };
  return new Compiled(gpu, program, { named, unwritten, owned, memory, leastBytes });
}
