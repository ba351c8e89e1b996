/** @file Our engine as one of those that are measured. */
import { Pipeline } from '../../src/align/pipeline';
import { compile } from '../../src/compiler/compile';
import type { Gpu, GpuBuffer } from '../../src/gpu/gpu';
import { PinnedTuner, type Tuner } from '../../src/gpu/tuner';
import { input, type Value, weight } from '../../src/graph/graph';
import { attention } from '../../src/ops/attention';
import { conv2d } from '../../src/ops/conv2d';
import { linear } from '../../src/ops/matmul';
import { RUN } from '../report';
import { WORKLOADS } from '../workloads';
import type { Counted, Prepared } from './contender';
import type { Own } from './measure';
import { gflopOf, type Operation, operandsOf, type Work } from './work';

/** @param openPipeline the models, loaded when a row first asks for them */
export function ours(gpu: Gpu, tuner: Tuner, openPipeline: () => Promise<Pipeline>): Own {
  return {
    id: 'ours',
    version: 'this build',
    async prepare(work: Work) {
      if (work.kind !== 'model') return prepareOperation(gpu, tuner, work);
      return prepareModel(await openPipeline(), work.workload);
    },
  };
}

async function prepareOperation(gpu: Gpu, tuner: Tuner, work: Operation): Promise<Prepared & { counted: Counted }> {
  const operands = operandsOf(work);
  const chosen = await kernelsFor(gpu, tuner, work);
  const before = gpu.memory.bytes;
  gpu.memory.peakBytes = before;
  const buffers: GpuBuffer[] = [];
  const { y, weights } = graphOf(work);
  const places = new Map<Value, { buffer: GpuBuffer; offset: number; bytes: number }>();
  for (const [name, leaf] of Object.entries(weights)) {
    const buffer = gpu.buffer(leaf.bytes, name);
    gpu.write(buffer, operands[name]);
    buffers.push(buffer);
    places.set(leaf, { buffer, offset: 0, bytes: buffer.bytes });
  }
  const program = await compile(gpu, { y }, { tuner: chosen, place: (leaf) => places.get(leaf) });
  for (const [name, data] of Object.entries(operands))
    if (program.has(name) && !weights[name]) program.write(name, data);
  const { dispatchCount, bytes } = program.program;
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) program.run();
      await gpu.idle();
    },
    async output() {
      program.run();
      return program.read('y');
    },
    destroy() {
      program.destroy();
      for (const buffer of buffers) buffer.destroy();
    },
    counted: {
      gflop: gflopOf(work),
      dispatches: dispatchCount,
      ...{ bytes, leastBytes: program.leastBytes, peakBytes: gpu.memory.peakBytes - before },
    },
  };
}

/** The output, and the operands that are frozen weights. */
function graphOf(work: Operation): { y: Value; weights: Record<string, Value> } {
  const of = (name: string, shape: number[]) => input(name, shape);
  switch (work.kind) {
    case 'matmul': {
      const w = weight({ name: 'w', layout: 'file' }, [work.n, work.k], 'f32');
      return { y: linear(of('x', [work.m, work.k]), w), weights: { w } };
    }
    case 'attention': {
      const shape = [1, work.tokens, work.heads, work.size];
      return { y: attention(of('q', shape), of('k', shape), of('v', shape)), weights: {} };
    }
    case 'convolution': {
      const { side, channels } = work;
      const w = weight({ name: 'w', layout: 'conv' }, [9, channels, channels], 'f32');
      return { y: conv2d(of('x', [1, side, side, channels]), w, { kernel: 3 }), weights: { w } };
    }
  }
}

/**
 * The tuner that knows this work's kernels. Trying every kernel on a large product takes minutes on an adapter that
 * computes on the CPU: there a part of it is tried.
 */
async function kernelsFor(gpu: Gpu, tuner: Tuner, work: Operation): Promise<Tuner> {
  if (!gpu.description.software || gflopOf(work) < 5) return tuner;
  const part: Operation =
    work.kind === 'matmul' ? { ...work, m: 64 } : work.kind === 'attention' ? { ...work, heads: 1 } : work;
  const before = new Set(Object.keys(tuner.used));
  const { y, weights } = graphOf(part);
  const buffers = Object.entries(weights).map(([name, leaf]) => gpu.buffer(leaf.bytes, name));
  const leaves = Object.values(weights);
  const place = (leaf: Value) => {
    const buffer = buffers[leaves.indexOf(leaf)];
    return buffer && { buffer, offset: 0, bytes: buffer.bytes };
  };
  (await compile(gpu, { y }, { tuner, place })).destroy();
  for (const buffer of buffers) buffer.destroy();
  const own = Object.entries(tuner.used).filter(([key]) => !before.has(key));
  return new PinnedTuner(own.map(([, variant]) => variant));
}

/** A part of our step, as bench/workloads.ts has it. */
async function prepareModel(
  { gpu, model, text, tuner, onTuning }: Pipeline,
  name: string,
): Promise<Prepared & { counted: Counted }> {
  const make = WORKLOADS[name];
  const before = gpu.memory.bytes;
  const pipeline = new Pipeline(gpu, model, text, tuner, () => {}, onTuning);
  // Once to choose kernels, which takes memory of its own; what is measured is prepared with everything known.
  (await make(pipeline, RUN)).destroy();
  gpu.memory.peakBytes = gpu.memory.bytes;
  const workload = await make(pipeline, RUN);
  await workload.run();
  const start = { ...gpu.counters };
  await workload.run();
  const since = (counter: 'flops' | 'dispatches' | 'bytes') => gpu.counters[counter] - start[counter];
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await workload.run();
    },
    output: () => Promise.reject(new Error('A part of the step is compared with PyTorch by the tests.')),
    destroy() {
      workload.destroy();
      pipeline.destroy();
    },
    counted: {
      gflop: since('flops') / 1e9,
      dispatches: since('dispatches'),
      bytes: since('bytes'),
      leastBytes: workload.leastBytes,
      peakBytes: gpu.memory.peakBytes - before,
    },
  };
}
