/** @file A device that computes nothing and holds nothing: what is asked of it is counted, before anything real is opened. */
import { Gpu, type GpuDescription } from './gpu';

/** A buffer that was asked for and not given back. */
export interface AskedBuffer {
  label: string;
  bytes: number;
}

const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128, QUERY_RESOLVE: 512 };

/**
 * A `Gpu` whose shaders are never compiled.
 * @param like the features of a device, on which kernels depend; by default none
 * @returns with the buffers that are there now
 */
export async function openNullGpu(
  like: Pick<GpuDescription, 'features' | 'subgroupSize'> = { features: [], subgroupSize: 0 },
): Promise<{ gpu: Gpu; buffers: ReadonlySet<AskedBuffer> }> {
  // Node has the names of usages only where Dawn is loaded.
  const world = globalThis as { GPUBufferUsage?: unknown };
  world.GPUBufferUsage ??= USAGE;
  const buffers = new Set<AskedBuffer>();
  const limits = {
    ...{ maxStorageBufferBindingSize: 2 ** 40, maxBufferSize: 2 ** 40, maxStorageBuffersPerShaderStage: 8 },
    ...{ maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 },
  };
  const device = {
    limits,
    features: new Set(like.features),
    lost: new Promise(() => {}),
    addEventListener: () => {},
    destroy: () => {},
    queue: { writeBuffer: () => {}, submit: () => {}, onSubmittedWorkDone: async () => {} },
    createBuffer: ({ size, label = '' }: { size: number; label?: string }) => {
      const asked: AskedBuffer = { label, bytes: size };
      buffers.add(asked);
      return { destroy: () => buffers.delete(asked) };
    },
    createShaderModule: () => ({}),
    createComputePipelineAsync: async () => ({ getBindGroupLayout: () => ({}) }),
    createBindGroup: () => ({}),
  };
  const adapter = {
    limits,
    features: device.features,
    info: { vendor: 'none', architecture: '', device: '', description: 'none', subgroupMinSize: like.subgroupSize },
    requestDevice: async () => device,
  };
  const gpu = await Gpu.open({ requestAdapter: async () => adapter } as unknown as GPU);
  return { gpu, buffers };
}
