/**
 * @file A prepared list of dispatches: bind groups and parameters are made once, a replay only encodes.
 */
import type { Gpu, GpuBuffer, Pipeline } from './gpu';
import { packParams } from './shader';

/** A range of a buffer; offset a multiple of 256. */
export interface BufferRange {
  buffer: GpuBuffer;
  offset: number;
  bytes: number;
}

/** What is bound of a buffer. */
export interface BoundRange extends BufferRange {
  /** Bytes of it that are read or written, where it is not all. */
  used?: number;
}

export interface PreparedDispatch {
  shader: string;
  constants: Record<string, number | boolean>;
  params: Record<string, number>;
  buffers: Record<string, BoundRange>;
  workgroups: readonly [number, number, number];
  /** Arithmetic, for cutting long programs into submissions. */
  flops: number;
  label: string;
  /** Part of the model it belongs to, for profiles. */
  origin?: string;
}

interface Step {
  pipeline: Pipeline;
  group: GPUBindGroup;
  workgroups: readonly [number, number, number];
  dispatch: PreparedDispatch;
  /** Arithmetic plus bytes: how long it may take, in units of `Gpu.flopRate`. */
  cost: number;
}

/** What one dispatch of a program took, as the adapter's own clock saw it. */
export interface DispatchTime {
  dispatch: PreparedDispatch;
  seconds: number;
}

/** Longest stretch of work handed to the GPU at once, in seconds at the rate shown so far. */
const SUBMISSION_SECONDS = 0.25;
const UNIFORM_STRIDE = 256;
/** Dispatches measured in one submission: WebGPU allows 4096 timestamps in a set. */
const TIMED_DISPATCHES = 512;

export class Program {
  readonly flops: number;
  /** Bytes bound to the dispatches, each range once a dispatch: the most a replay reads and writes at least once. */
  readonly bytes: number;
  readonly dispatchCount: number;
  #gpu: Gpu;
  #steps: Step[];
  #uniforms: GpuBuffer;

  private constructor(gpu: Gpu, steps: Step[], uniforms: GpuBuffer, flops: number, bytes: number) {
    this.#gpu = gpu;
    this.#steps = steps;
    this.#uniforms = uniforms;
    this.flops = flops;
    this.bytes = bytes;
    this.dispatchCount = steps.length;
  }

  /** @throws where a dispatch lacks a buffer, has too many workgroups, or writes a buffer that it also reads */
  static async prepare(gpu: Gpu, dispatches: readonly PreparedDispatch[]): Promise<Program> {
    const uniforms = gpu.buffer(Math.max(1, dispatches.length) * UNIFORM_STRIDE, 'parameters', { uniform: true });
    const packed = new Uint8Array(uniforms.bytes);
    const pipelines = await Promise.all(dispatches.map((d) => gpu.pipeline(d.shader, d.constants)));
    let flops = 0;
    let bytes = 0;
    const steps = dispatches.map((d, i) => {
      const pipeline = pipelines[i];
      const { shader } = pipeline;
      if (d.workgroups.some((n) => n > 65535 || n < 1)) {
        throw new Error(`${d.label}: ${d.shader} cannot run [${d.workgroups}] workgroups`);
      }
      packed.set(new Uint8Array(packParams(shader, d.params)), i * UNIFORM_STRIDE);
      const entries: GPUBindGroupEntry[] = shader.bindings.map(({ name, binding }) => {
        const range = d.buffers[name];
        if (!range) throw new Error(`${d.label}: ${d.shader} needs buffer ${name}`);
        return { binding, resource: { buffer: range.buffer.handle, offset: range.offset, size: range.bytes } };
      });
      for (const { name } of shader.bindings.filter(({ writable }) => writable)) {
        const other = shader.bindings.find(
          (b) => b.name !== name && d.buffers[b.name].buffer === d.buffers[name].buffer,
        );
        if (other) throw new Error(`${d.label}: ${d.shader} writes ${name} into the buffer of ${other.name}`);
      }
      if (shader.params.length) {
        entries.push({
          binding: 0,
          resource: {
            buffer: uniforms.handle,
            offset: i * UNIFORM_STRIDE,
            size: Math.max(16, Math.ceil((shader.params.length * 4) / 16) * 16),
          },
        });
      }
      const group = gpu.device.createBindGroup({
        layout: pipeline.handle.getBindGroupLayout(0),
        entries,
        label: d.label,
      });
      const moved = boundBytes(d);
      flops += d.flops;
      bytes += moved;
      return { pipeline, group, workgroups: d.workgroups, dispatch: d, cost: d.flops + moved };
    });
    gpu.write(uniforms, packed);
    return new Program(gpu, steps, uniforms, flops, bytes);
  }

  /**
   * Queues replays, in submissions short enough for a slow adapter.
   * @param repeats how many, one after the other
   */
  run(repeats = 1): void {
    const gpu = this.#gpu;
    const budget = gpu.flopRate * SUBMISSION_SECONDS;
    const count = this.#steps.length;
    const total = repeats * count;
    let i = 0;
    while (i < total) {
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      let cost = 0;
      let bound: GPUComputePipeline | null = null;
      do {
        const step = this.#steps[i++ % count];
        if (step.pipeline.handle !== bound) {
          bound = step.pipeline.handle;
          pass.setPipeline(bound);
        }
        pass.setBindGroup(0, step.group);
        pass.dispatchWorkgroups(...step.workgroups);
        cost += step.cost;
      } while (i < total && cost + this.#steps[i % count].cost <= budget);
      pass.end();
      gpu.device.queue.submit([encoder.finish()]);
      gpu.counters.submissions++;
    }
    gpu.counters.dispatches += total;
    gpu.counters.flops += repeats * this.flops;
    gpu.counters.bytes += repeats * this.bytes;
  }

  /** Queues one replay and waits for it; the rate seen sets the length of later submissions. */
  async runAndWait(): Promise<void> {
    const start = performance.now();
    this.run();
    await this.#gpu.idle();
    const seconds = (performance.now() - start) / 1000;
    if (this.flops > 1e7 && seconds > 0) this.#gpu.flopRate = Math.max(2e8, this.flops / seconds);
  }

  /**
   * The time of every dispatch of one replay, in order. Each runs in a pass of its own, so that a replay is slower
   * than usual, but data is as warm or cold as it is in a real one.
   * @throws where the device has no 'timestamp-query'
   */
  async profile(): Promise<DispatchTime[]> {
    const { device } = this.#gpu;
    if (!device.features.has('timestamp-query')) throw new Error('profiling needs the feature timestamp-query');
    const bytes = 2 * TIMED_DISPATCHES * 8;
    const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * TIMED_DISPATCHES });
    const resolved = device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const times: DispatchTime[] = [];
    try {
      for (let first = 0; first < this.#steps.length; first += TIMED_DISPATCHES) {
        const steps = this.#steps.slice(first, first + TIMED_DISPATCHES);
        const encoder = device.createCommandEncoder();
        steps.forEach(({ pipeline, group, workgroups }, i) => {
          const pass = encoder.beginComputePass({
            timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
          });
          pass.setPipeline(pipeline.handle);
          pass.setBindGroup(0, group);
          pass.dispatchWorkgroups(...workgroups);
          pass.end();
        });
        encoder.resolveQuerySet(querySet, 0, 2 * steps.length, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
        device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ);
        const nanoseconds = new BigUint64Array(staging.getMappedRange());
        steps.forEach(({ dispatch }, i) => {
          times.push({ dispatch, seconds: Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1e9 });
        });
        staging.unmap();
      }
      this.#gpu.check();
      return times;
    } finally {
      querySet.destroy();
      resolved.destroy();
      staging.destroy();
    }
  }

  destroy(): void {
    this.#uniforms.destroy();
  }
}

/** Bytes of the ranges a dispatch binds. An operand bound twice, in the place of an absent one, counts once. */
function boundBytes({ buffers }: PreparedDispatch): number {
  const ranges = Object.values(buffers);
  const same = (a: BufferRange, b: BufferRange) => a.buffer === b.buffer && a.offset === b.offset;
  return ranges
    .filter((range, i) => ranges.findIndex((other) => same(other, range)) === i)
    .reduce((sum, { bytes, used = bytes }) => sum + used, 0);
}
