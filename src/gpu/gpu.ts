/**
 * @file The device: adapter choice, limits, buffers, pipelines, submission and loss.
 *
 * Everything that needs a `GPUDevice` is in this folder; the rest of the project holds `Gpu` and
 * `GpuBuffer` objects.
 */
import { UserError } from '../errors';
import { loadShader, type Shader } from './shader';

/** What an adapter has and what we asked for; shown by `info` and the studio. */
export interface GpuDescription {
  name: string;
  vendor: string;
  architecture: string;
  /** A CPU implementation (SwiftShader, lavapipe): right, but slow. */
  software: boolean;
  features: string[];
  /** The least size of a subgroup; 0 without the feature. */
  subgroupSize: number;
  limits: {
    maxStorageBufferBindingSize: number;
    maxBufferSize: number;
    maxStorageBuffersPerShaderStage: number;
    maxComputeInvocationsPerWorkgroup: number;
    maxComputeWorkgroupStorageSize: number;
  };
}

/** A storage buffer. `bytes` is a multiple of 4. */
export class GpuBuffer {
  /** @internal the WebGPU object, for src/gpu only */
  readonly handle: GPUBuffer;
  #owner: Gpu;
  #alive = true;
  constructor(
    owner: Gpu,
    handle: GPUBuffer,
    readonly bytes: number,
    readonly label: string,
  ) {
    this.#owner = owner;
    this.handle = handle;
  }
  destroy(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.handle.destroy();
    this.#owner.forget(this);
  }
}

export interface Pipeline {
  /** @internal */
  handle: GPUComputePipeline;
  shader: Shader;
}

export interface GpuOptions {
  /** Upper bounds below the adapter's own limits; tests use them to act like a smaller device. */
  maxStorageBufferBindingSize?: number;
  /** Leave optional features unused (tests of the fallback kernels). */
  plainFeatures?: boolean;
}

const OPTIONAL_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

export class Gpu {
  readonly description: GpuDescription;
  /** Resolves when the device is gone; every buffer and pipeline of this object is then dead. */
  readonly lost: Promise<string>;
  /** Bytes in buffers now and at most so far, and how many buffers there are. */
  readonly memory = { bytes: 0, peakBytes: 0, buffers: 0 };
  /** Dispatches and submissions so far. */
  readonly counters = { dispatches: 0, submissions: 0, flops: 0, bytes: 0 };
  /** Arithmetic a second this device has shown in whole programs; bounds the length of a submission. */
  flopRate = 2e9;
  isLost = false;
  /** @internal */
  readonly device: GPUDevice;
  #pipelines = new Map<string, Promise<Pipeline>>();
  #failure: string | null = null;

  private constructor(device: GPUDevice, description: GpuDescription) {
    this.device = device;
    this.description = description;
    this.lost = device.lost.then((info) => {
      this.isLost = true;
      return info.message || info.reason;
    });
    device.addEventListener('uncapturederror', (event) => {
      this.#failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /**
   * Opens the best adapter of `gpu` (navigator.gpu, or Dawn in Node).
   * @throws UserError where there is no adapter or its limits are too small.
   */
  static async open(gpu: GPU, options: GpuOptions = {}): Promise<Gpu> {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) {
      throw new UserError(
        'No WebGPU adapter was found: this machine has no graphics driver that WebGPU can use; update the driver, or turn hardware acceleration on in the browser settings.',
      );
    }
    const { limits } = adapter;
    if (limits.maxStorageBufferBindingSize < 128 * 2 ** 20 || limits.maxComputeInvocationsPerWorkgroup < 256) {
      throw new UserError(
        `The graphics adapter's limits are too small: it binds ${limits.maxStorageBufferBindingSize >> 20} MiB and runs ${limits.maxComputeInvocationsPerWorkgroup} invocations a workgroup, 128 MiB and 256 are needed; try another browser or adapter.`,
      );
    }
    const features = options.plainFeatures ? [] : OPTIONAL_FEATURES.filter((f) => adapter.features.has(f));
    const bindingSize = Math.min(
      limits.maxStorageBufferBindingSize,
      options.maxStorageBufferBindingSize ?? 2 ** 31 - 4,
    );
    const device = await adapter.requestDevice({
      label: 'direct-align',
      requiredFeatures: features as GPUFeatureName[],
      requiredLimits: {
        maxStorageBufferBindingSize: bindingSize,
        maxBufferSize: Math.min(limits.maxBufferSize, 2 ** 32 - 4),
      },
    });
    const { info } = adapter;
    const name = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ');
    return new Gpu(device, {
      name: info.description || name,
      vendor: info.vendor,
      architecture: info.architecture,
      software: /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(name),
      features: [...features],
      subgroupSize: features.includes('subgroups') ? (info.subgroupMinSize ?? 0) : 0,
      limits: {
        maxStorageBufferBindingSize: bindingSize,
        maxBufferSize: device.limits.maxBufferSize,
        maxStorageBuffersPerShaderStage: device.limits.maxStorageBuffersPerShaderStage,
        maxComputeInvocationsPerWorkgroup: device.limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupStorageSize: device.limits.maxComputeWorkgroupStorageSize,
      },
    });
  }

  /** Identifies the adapter for remembered measurements. */
  get key(): string {
    const { vendor, architecture, name } = this.description;
    return `${vendor}|${architecture}|${name}|${this.description.features.join(',')}`;
  }

  /**
   * A zeroed storage buffer.
   * @param extra.ranges the buffer is only ever bound range by range, so it may exceed one binding
   * @throws UserError where the adapter cannot hold or bind it
   */
  buffer(bytes: number, label: string, extra: { uniform?: boolean; ranges?: boolean } = {}): GpuBuffer {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    const { maxStorageBufferBindingSize, maxBufferSize } = this.description.limits;
    const most = extra.uniform || extra.ranges ? maxBufferSize : maxStorageBufferBindingSize;
    if (size > most) {
      throw new UserError(
        `${label} needs ${(size / 2 ** 20).toFixed(0)} MiB in one buffer, this adapter allows ${Math.floor(most / 2 ** 20)} MiB: use a smaller batch or image.`,
      );
    }
    const usage =
      GPUBufferUsage.COPY_DST |
      GPUBufferUsage.COPY_SRC |
      (extra.uniform ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE);
    const handle = this.device.createBuffer({ size, usage, label });
    this.memory.bytes += size;
    this.memory.buffers++;
    this.memory.peakBytes = Math.max(this.memory.peakBytes, this.memory.bytes);
    return new GpuBuffer(this, handle, size, label);
  }

  /** @internal called by GpuBuffer.destroy */
  forget(buffer: GpuBuffer): void {
    this.memory.bytes -= buffer.bytes;
    this.memory.buffers--;
  }

  /** Queues a write; `data` is copied at once. Odd byte counts are padded with zeros. */
  write(buffer: GpuBuffer, data: ArrayBufferView | ArrayBuffer, offset = 0): void {
    let bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    if (bytes.byteLength % 4) {
      const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
      padded.set(bytes);
      bytes = padded;
    }
    this.device.queue.writeBuffer(buffer.handle, offset, bytes as Uint8Array<ArrayBuffer>);
  }

  /** Copies a buffer back, after everything queued so far. */
  async read(buffer: GpuBuffer, offset = 0, bytes = buffer.bytes - offset): Promise<ArrayBuffer> {
    const staging = this.device.createBuffer({ size: bytes, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer.handle, offset, staging, 0, bytes);
      this.device.queue.submit([encoder.finish()]);
      this.counters.submissions++;
      await staging.mapAsync(GPUMapMode.READ);
      this.check();
      return staging.getMappedRange().slice(0);
    } catch (error) {
      this.check();
      throw error;
    } finally {
      staging.destroy();
    }
  }

  async readFloats(
    buffer: GpuBuffer,
    offset = 0,
    count = (buffer.bytes - offset) / 4,
  ): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(buffer, offset, count * 4));
  }

  copy(from: GpuBuffer, to: GpuBuffer, bytes = Math.min(from.bytes, to.bytes), fromOffset = 0, toOffset = 0): void {
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(from.handle, fromOffset, to.handle, toOffset, bytes);
    this.device.queue.submit([encoder.finish()]);
    this.counters.submissions++;
  }

  /** Resolves when everything queued so far has run. @throws where the device reported an error. */
  async idle(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  /**
   * Whether the device still works: a round trip through it, however long that takes. A device that is lost may refuse
   * this before `lost` is told.
   */
  async isAlive(): Promise<boolean> {
    if (this.isLost) return false;
    const { device } = this;
    for (const filter of ['out-of-memory', 'validation'] as const) device.pushErrorScope(filter);
    const probe = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ });
    const mapped = probe.mapAsync(GPUMapMode.READ).then(
      () => true,
      () => false,
    );
    const errors = [0, 1].map(() => device.popErrorScope().catch(() => null));
    // A device that can say what it lacks works; one that is lost has nothing to say.
    const alive = (await mapped) || (await Promise.all(errors)).some((error) => error !== null);
    probe.destroy();
    return alive && !this.isLost;
  }

  /** @throws the first error the device reported, or that it is lost. */
  check(): void {
    if (this.isLost) throw new DeviceLost('The graphics device was lost.');
    if (this.#failure) {
      const message = this.#failure;
      if (/out of memory/i.test(message)) {
        throw new UserError(
          'The graphics device ran out of memory: close other tabs, or use a smaller batch or image.',
        );
      }
      throw new Error(`WebGPU: ${message}`);
    }
  }

  /** A compiled pipeline; the same shader and constants give the same object. */
  pipeline(name: string, constants: Record<string, number | boolean> = {}): Promise<Pipeline> {
    const key = `${name} ${JSON.stringify(Object.entries(constants).sort())}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(name, constants);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(name: string, constants: Record<string, number | boolean>): Promise<Pipeline> {
    const shader = loadShader(name);
    for (const key of Object.keys(constants)) {
      if (!shader.constants.includes(key)) throw new Error(`shaders/${name}.wgsl has no override ${key}`);
    }
    const module = this.device.createShaderModule({ code: shader.code, label: name });
    try {
      const handle = await this.device.createComputePipelineAsync({
        label: name,
        layout: 'auto',
        compute: {
          module,
          entryPoint: 'main',
          constants: Object.fromEntries(Object.entries(constants).map(([k, v]) => [k, Number(v)])),
        },
      });
      return { handle, shader };
    } catch (error) {
      const messages = (await module.getCompilationInfo()).messages.map((m) => `${m.lineNum}: ${m.message}`);
      throw new Error(`shaders/${name}.wgsl: ${messages.join('; ') || (error as Error).message}`);
    }
  }

  /** Destroys the device and everything on it. */
  destroy(): void {
    this.device.destroy();
  }
}

/** The device went away; what it held must be rebuilt from the last snapshot. */
export class DeviceLost extends Error {
  override name = 'DeviceLost';
}
