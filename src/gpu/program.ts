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

export interface PreparedDispatch {
  shader: string;
  constants: Record<string, number | boolean>;
  params: Record<string, number>;
  buffers: Record<string, BufferRange>;
  workgroups: readonly [number, number, number];
  /** Arithmetic, for cutting long programs into submissions. */
  flops: number;
  label: string;
}

interface Step {
  pipeline: Pipeline;
  group: GPUBindGroup;
  workgroups: readonly [number, number, number];
  /** Arithmetic plus bytes: how long it may take, in units of `Gpu.flopRate`. */
  cost: number;
}

/** Longest stretch of work handed to the GPU at once, in seconds at the rate shown so far. */
const SUBMISSION_SECONDS = 0.25;
const UNIFORM_STRIDE = 256;

export class Program {
  readonly flops: number;
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
        bytes += range.bytes;
        return { binding, resource: { buffer: range.buffer.handle, offset: range.offset, size: range.bytes } };
      });
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
      flops += d.flops;
      const moved = Object.values(d.buffers).reduce((sum, r) => sum + r.bytes, 0);
      return { pipeline, group, workgroups: d.workgroups, cost: d.flops + moved };
    });
    gpu.write(uniforms, packed);
    return new Program(gpu, steps, uniforms, flops, bytes);
  }

  /** Queues one replay, in submissions short enough for a slow adapter. */
  run(): void {
    const gpu = this.#gpu;
    const budget = gpu.flopRate * SUBMISSION_SECONDS;
    let i = 0;
    while (i < this.#steps.length) {
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      let cost = 0;
      let bound: GPUComputePipeline | null = null;
      do {
        const step = this.#steps[i++];
        if (step.pipeline.handle !== bound) pass.setPipeline((bound = step.pipeline.handle));
        pass.setBindGroup(0, step.group);
        pass.dispatchWorkgroups(...step.workgroups);
        cost += step.cost;
      } while (i < this.#steps.length && cost + this.#steps[i].cost <= budget);
      pass.end();
      gpu.device.queue.submit([encoder.finish()]);
      gpu.counters.submissions++;
    }
    gpu.counters.dispatches += this.#steps.length;
    gpu.counters.flops += this.flops;
    gpu.counters.bytes += this.bytes;
  }

  /** Queues one replay and waits for it; the rate seen sets the length of later submissions. */
  async runAndWait(): Promise<void> {
    const start = performance.now();
    this.run();
    await this.#gpu.idle();
    const seconds = (performance.now() - start) / 1000;
    if (this.flops > 1e7 && seconds > 0) this.#gpu.flopRate = Math.max(2e8, this.flops / seconds);
  }

  destroy(): void {
    this.#uniforms.destroy();
  }
}
