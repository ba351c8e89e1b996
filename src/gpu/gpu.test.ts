import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { testGpu } from '../compiler/testing';
import { UserError } from '../errors';
import { input } from '../graph/graph';
import { scale } from '../ops/scale';
import { DeviceLost, Gpu } from './gpu';
import { openNodeGpu } from './node';
import { Program } from './program';

/** A WebGPU entry point whose adapter has these limits, or none at all. */
const fakeGpu = (limits: Record<string, number> | null) =>
  ({ requestAdapter: async () => limits && { limits, features: new Set(), info: {} } }) as unknown as GPU;

describe('Gpu.open', () => {
  it('describes the adapter', async () => {
    const { description, key } = await testGpu();
    expect(description.name).not.toBe('');
    expect(description.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 2 ** 20);
    expect(description.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    expect(key).toContain(description.name);
  });
  it('asks for no optional feature where told', async () => {
    const gpu = await Gpu.open(await openNodeGpu(), { plainFeatures: true });
    expect(gpu.description.features).toEqual([]);
    gpu.destroy();
  });
  it('says in one sentence that there is no adapter, or that its limits are too small', async () => {
    await expect(Gpu.open(fakeGpu(null))).rejects.toThrow(UserError);
    await expect(Gpu.open(fakeGpu(null))).rejects.toThrow('No WebGPU adapter was found');
    const small = { maxStorageBufferBindingSize: 64 * 2 ** 20, maxComputeInvocationsPerWorkgroup: 256 };
    await expect(Gpu.open(fakeGpu(small))).rejects.toThrow(UserError);
    await expect(Gpu.open(fakeGpu(small))).rejects.toThrow('it binds 64 MiB');
  });
});

describe('buffers', () => {
  it('start as zeros and are counted while they live', async () => {
    const gpu = await testGpu();
    const { bytes, buffers } = gpu.memory;
    const buffer = gpu.buffer(10, 'odd');
    expect(buffer.bytes).toBe(12);
    expect(gpu.memory).toMatchObject({ bytes: bytes + 12, buffers: buffers + 1 });
    expect(gpu.memory.peakBytes).toBeGreaterThanOrEqual(bytes + 12);
    expect([...(await gpu.readFloats(buffer))]).toEqual([0, 0, 0]);
    buffer.destroy();
    buffer.destroy();
    expect(gpu.memory).toMatchObject({ bytes, buffers });
  });
  it('are written, copied and read by ranges, odd lengths padded with zeros', async () => {
    const gpu = await testGpu();
    const [a, b] = [gpu.buffer(16, 'a'), gpu.buffer(16, 'b')];
    gpu.write(a, Float32Array.of(1, 2, 3, 4));
    gpu.write(a, Float32Array.of(9), 8);
    gpu.copy(a, b, 8, 8, 4);
    expect([...(await gpu.readFloats(b))]).toEqual([0, 9, 4, 0]);
    expect([...(await gpu.readFloats(a, 4, 2))]).toEqual([2, 9]);
    gpu.write(b, Uint16Array.of(1, 2, 3));
    expect([...new Uint16Array(await gpu.read(b, 0, 8))]).toEqual([1, 2, 3, 0]);
    a.destroy();
    b.destroy();
  });
  it('larger than one binding are refused in one sentence, on a device that acts smaller', async () => {
    const gpu = await Gpu.open(await openNodeGpu(), { maxStorageBufferBindingSize: 2 ** 20 });
    expect(() => gpu.buffer(3 * 2 ** 20, 'the image')).toThrow(UserError);
    expect(() => gpu.buffer(3 * 2 ** 20, 'the image')).toThrow(
      'the image needs 3 MiB in one buffer, this adapter allows 1 MiB: use a smaller batch or image.',
    );
    expect(gpu.memory.buffers).toBe(0);
    gpu.destroy();
  });
});

describe('pipelines', () => {
  it('are compiled once for the same shader and constants', async () => {
    const gpu = await testGpu();
    const one = await gpu.pipeline('copy/scalar', { AXES: 2 });
    expect(await gpu.pipeline('copy/scalar', { AXES: 2 })).toBe(one);
    expect(await gpu.pipeline('copy/scalar', { AXES: 3 })).not.toBe(one);
  });
});

describe('an error of the device', () => {
  it('is thrown at the next wait', async () => {
    const gpu = await Gpu.open(await openNodeGpu());
    const [x, out] = ['x', 'out'].map((label) => ({ buffer: gpu.buffer(16, label), offset: 0, bytes: 16 }));
    const program = await Program.prepare(gpu, [
      {
        shader: 'scale/forward',
        constants: {},
        params: { size: 4, factor: 2 },
        // More than the buffer holds.
        buffers: { x: { ...x, bytes: 32 }, out },
        workgroups: [1, 1, 1],
        flops: 4,
        label: 'too long',
      },
    ]);
    program.run();
    await expect(gpu.idle()).rejects.toThrow('WebGPU:');
    gpu.destroy();
  });
});

describe('a lost device', () => {
  it('gives DeviceLost everywhere, and a new one can be opened and computes', async () => {
    const gpu = await Gpu.open(await openNodeGpu());
    const buffer = gpu.buffer(16, 'test');
    const compiled = await compile(gpu, { out: scale(input('x', [4]), 2) });
    compiled.write('x', Float32Array.of(1, 2, 3, 4));
    expect(gpu.isLost).toBe(false);
    gpu.destroy();
    expect(await gpu.lost).toEqual(expect.any(String));
    expect(gpu.isLost).toBe(true);
    expect(() => gpu.check()).toThrow(DeviceLost);
    await expect(gpu.idle()).rejects.toThrow(DeviceLost);
    await expect(gpu.read(buffer)).rejects.toThrow(DeviceLost);
    await expect(compiled.runAndWait()).rejects.toThrow(DeviceLost);
    await expect(compiled.read('out')).rejects.toThrow(DeviceLost);

    const next = await Gpu.open(await openNodeGpu());
    const again = await compile(next, { out: scale(input('x', [4]), 2) });
    again.write('x', Float32Array.of(1, 2, 3, 4));
    await again.runAndWait();
    expect([...(await again.read('out'))]).toEqual([2, 4, 6, 8]);
    next.destroy();
  });
  it('knows that it is lost, also while the loss happens', async () => {
    const gpu = await Gpu.open(await openNodeGpu());
    expect(await gpu.isAlive()).toBe(true);
    const asked = gpu.isAlive();
    gpu.destroy();
    expect(await asked).toBe(false);
    expect(await gpu.isAlive()).toBe(false);
  });
  it.each([
    ['says that it is out of memory', async () => ({ message: 'out of memory' }), true],
    ['says nothing', async () => null, false],
    ['refuses to say', async () => Promise.reject(new Error('lost')), false],
  ])('a device that cannot map and %s', async (_, popErrorScope, alive) => {
    const mapAsync = () => Promise.reject(new Error('cannot map'));
    const device = {
      ...{ lost: new Promise(() => {}), limits: {}, addEventListener() {}, pushErrorScope() {}, popErrorScope },
      createBuffer: () => ({ mapAsync, destroy() {} }),
    };
    const limits = { maxStorageBufferBindingSize: 2 ** 27, maxComputeInvocationsPerWorkgroup: 256 };
    const adapter = { limits, features: new Set(), info: {}, requestDevice: async () => device };
    const gpu = await Gpu.open({ requestAdapter: async () => adapter } as unknown as GPU);
    expect(await gpu.isAlive()).toBe(alive);
  });
  it('is noticed by a read that is under way', async () => {
    const gpu = await Gpu.open(await openNodeGpu());
    const reading = gpu.read(gpu.buffer(2 ** 20, 'test'));
    const failed = expect(reading).rejects.toThrow(DeviceLost);
    gpu.destroy();
    await failed;
  });
});
