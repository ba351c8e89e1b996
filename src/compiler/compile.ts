/**
 * @file Plan once: a graph becomes a prepared program on one device.
 *
 * Checkpointing, fusion, schedule, kernel choice (measured once per adapter and shape), views, memory plan, bind groups. After this a
 * step is a replay.
 */
import type { Gpu } from '../gpu/gpu';
import { type PreparedDispatch, Program } from '../gpu/program';
import { Tuner } from '../gpu/tuner';
import { inputOp, type Value } from '../graph/graph';
import { intern } from '../graph/leaves';
import { isComputed } from '../ops/kernel';
import { allocate, type Places } from './allocate';
import { bind, spanning } from './bind';
import { chooseKernels } from './choose';
import { Compiled, type Named } from './compiled';
import { fuse } from './fuse';
import { isView, liesInPlace, locate } from './locate';
import { merge } from './merge';
import { isAgain, type Recompute, recompute } from './recompute';
import { schedule } from './schedule';

export interface CompileOptions extends Places {
  tuner?: Tuner;
  /** Blocks that are computed again in the gradient where too much would be kept for it. */
  recompute?: Recompute;
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
  const { tuner = new Tuner({}, false), onTuning, recompute: blocks } = options;
  const names = Object.keys(outputs);
  const traced = intern(names.map((n) => outputs[n]));
  const roots = merge(fuse(blocks ? recompute(traced, blocks) : traced), areNear);
  const rootOf = new Map(names.map((name, i) => [name, roots[i]]));
  const nodes = schedule(roots, isAgain);
  const home = locate(nodes, roots);
  const inputs = nodes.filter((v) => v.op === inputOp);
  for (const leaf of inputs) {
    const output = rootOf.get(leaf.attrs.name);
    if (output && home(output).base !== leaf)
      throw new Error(`an input and an output are both called ${leaf.attrs.name}`);
  }

  const computed = nodes.filter(isComputed).filter((v) => !isView(v, home));
  const kernels = await chooseKernels(gpu, tuner, computed, onTuning);
  const steps = computed.map((node) => ({ node, kernel: kernels.get(node)! }));
  const memory = allocate(gpu, { nodes, steps, home, outputs: rootOf }, options);
  try {
    const program = await Program.prepare(gpu, dispatchesOf());
    const named = new Map<string, Named>();
    const name = (of: string, value: Value) => named.set(of, { range: memory.rangeOf(value), size: value.size });
    for (const leaf of inputs) name(leaf.attrs.name, leaf);
    rootOf.forEach((value, of) => {
      name(of, value);
    });
    const ends = new Set([...nodes.filter((v) => v.inputs.length === 0), ...roots].map((v) => home(v).base));
    const leastBytes = [...ends].reduce((sum, v) => sum + v.bytes, 0);
    const unwritten = inputs.filter((leaf) => !options.place?.(leaf)).map((leaf) => leaf.attrs.name);
    return new Compiled(gpu, program, { named, unwritten, memory, leastBytes });
  } catch (error) {
    memory.free();
    throw error;
  }

  /** Leaves in one buffer that is given. */
  function areNear(leaves: readonly Value[]): boolean {
    const ranges = leaves.map((leaf) => options.place?.(leaf)).filter((range) => range !== undefined);
    const whole = ranges.length === leaves.length ? spanning(ranges) : null;
    return whole !== null && whole.bytes <= gpu.description.limits.maxStorageBufferBindingSize;
  }

  function dispatchesOf(): PreparedDispatch[] {
    return steps.flatMap(({ node, kernel }, step) =>
      kernel.dispatches.flatMap((d, i) => {
        if (d.moves !== undefined && liesInPlace(node, d.moves, home)) return [];
        const flops = i === 0 ? (node.op.flops?.(node) ?? 0) : 0;
        const rangeOf = (x: Value | string) => (typeof x === 'string' ? memory.namedRange(step, x) : memory.rangeOf(x));
        return [bind(d, node, flops, rangeOf)];
      }),
    );
  }
}
