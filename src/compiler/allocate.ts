/**
 * @file Memory of a program: where leaves, outputs, intermediates and scratch lie on the device.
 */
import type { Gpu, GpuBuffer } from '../gpu/gpu';
import type { BufferRange } from '../gpu/program';
import { constantOp, extraOp, inputOp, type Value } from '../graph/graph';
import { isComputed, type Kernel, namedBuffers } from '../ops/kernel';
import type { Arena } from './arena';
import type { Home } from './locate';
import { type Lifetime, planMemory } from './memory-plan';

/** What needs memory. */
export interface Contents {
  nodes: readonly Value[];
  /** The nodes that a kernel computes, in the order of execution. */
  steps: readonly { node: Value; kernel: Kernel }[];
  home: (v: Value) => Home;
  outputs: ReadonlyMap<string, Value>;
}

/** Memory that is given. */
export interface Places {
  /** Memory of leaves that live outside the program: weights, parameters, inputs shared between programs. */
  place?: (leaf: Value) => BufferRange | undefined;
  /** Memory that an output must be written to, by output name. */
  placeOutput?: (name: string) => BufferRange | undefined;
  /** Where intermediates lie, together with other programs'; without it they have memory of their own. */
  arena?: Arena;
}

export interface Memory {
  rangeOf(value: Value): BufferRange;
  /** Memory of a buffer that the kernel of a step names: scratch, or an extra that the graph reads. */
  namedRange(step: number, name: string): BufferRange;
  /** Bytes of intermediates, and the least any plan could use. */
  bytes: number;
  lowerBound: number;
  /** Gives everything back. */
  free(): void;
}

/** @throws UserError where the device cannot hold it; nothing is kept then */
export function allocate(gpu: Gpu, contents: Contents, places: Places): Memory {
  const { nodes, steps, home, outputs } = contents;
  const owned: GpuBuffer[] = [];
  let shared: GpuBuffer[] = [];
  const free = () => {
    for (const buffer of owned) buffer.destroy();
    places.arena?.release(shared);
    shared = [];
  };
  const own = (bytes: number, label: string): BufferRange => {
    const buffer = gpu.buffer(bytes, label);
    owned.push(buffer);
    return { buffer, offset: 0, bytes: buffer.bytes };
  };

  try {
    const memory = new Map<Value | string, BufferRange>();
    for (const node of nodes) {
      if (isComputed(node) || node.op === extraOp || home(node).base !== node) continue;
      const placed = places.place?.(node);
      if (!placed && node.op !== inputOp && node.op !== constantOp) throw new Error(missing(node));
      const range = placed ?? own(node.bytes, node.attrs.name);
      if (!placed && node.op === constantOp) gpu.write(range.buffer, node.attrs.data);
      memory.set(node, range);
    }
    for (const [name, output] of outputs) {
      const { base } = home(output);
      const placed = places.placeOutput?.(name);
      if (placed && memory.has(base)) throw new Error(`output ${name} is the same value as another leaf or output`);
      if (!memory.has(base)) memory.set(base, placed ?? own(base.bytes, name));
    }

    const lives = lifetimes(contents, (v) => !memory.has(v));
    const plan = planMemory(lives);
    if (places.arena) shared = places.arena.take(plan.slots);
    const slots = places.arena ? shared : plan.slots.map((bytes, i) => own(bytes, `slot ${i}`).buffer);
    lives.forEach(({ key, bytes }, i) => {
      memory.set(key, { buffer: slots[plan.slotOf[i]], offset: 0, bytes: Math.ceil(bytes / 4) * 4 });
    });

    const rangeOf = (value: Value): BufferRange => {
      const { base, offset } = home(value);
      const range = memory.get(base)!;
      return base === value ? range : { ...range, offset: range.offset + offset, bytes: value.bytes };
    };
    const extras = extrasOf(nodes);
    const namedRange = (step: number, name: string): BufferRange => {
      const extra = extras.get(steps[step].node)?.get(name);
      return extra ? rangeOf(extra) : memory.get(`${step}/${name}`)!;
    };
    return { rangeOf, namedRange, bytes: plan.bytes, lowerBound: plan.lowerBound, free };
  } catch (error) {
    free();
    throw error;
  }
}

const missing = ({ op, attrs, inputs }: Value): string =>
  inputs.length ? `${op.name} has no kernel` : `no memory was given for ${attrs.name ?? op.name}`;

/** The extras that the graph reads, by the node that computes them and by name. */
function extrasOf(nodes: readonly Value[]): Map<Value, Map<string, Value>> {
  const extras = new Map<Value, Map<string, Value>>();
  for (const node of nodes) {
    if (node.op !== extraOp) continue;
    const [of] = node.inputs;
    extras.set(of, (extras.get(of) ?? new Map<string, Value>()).set(node.attrs.name, node));
  }
  return extras;
}

/**
 * From the step that first writes a value's memory to the last that reads or writes it, views and parts included;
 * scratch, and an extra that nothing reads, for its own step only.
 * @param isOpen whether a value still needs memory
 */
function lifetimes(
  { nodes, steps, home }: Contents,
  isOpen: (base: Value) => boolean,
): (Lifetime & { key: Value | string })[] {
  const extras = extrasOf(nodes);
  const last = new Map<Value, number>();
  const written = steps.map(({ node }) => [node, ...(extras.get(node)?.values() ?? [])].map((v) => home(v).base));
  steps.forEach(({ node }, i) => {
    for (const base of [...node.inputs.map((v) => home(v).base), ...written[i]]) last.set(base, i);
  });
  const lives = new Map<Value | string, Lifetime>();
  steps.forEach(({ node, kernel }, from) => {
    for (const base of written[from]) {
      if (isOpen(base) && !lives.has(base)) lives.set(base, { bytes: base.bytes, from, to: last.get(base)! });
    }
    for (const [name, bytes] of Object.entries(namedBuffers(node, kernel))) {
      if (!extras.get(node)?.has(name)) lives.set(`${from}/${name}`, { bytes, from, to: from });
    }
  });
  return [...lives].map(([key, life]) => ({ key, ...life }));
}
