import { expect, test } from 'vitest';
import { UserError } from '../errors';
import { listNodeAdapters, openNodeGpu } from './node';

test('the opened adapter is the preferred one and computes', async () => {
  const [preferred] = await listNodeAdapters();
  const adapter = await (await openNodeGpu()).requestAdapter();
  expect(adapter!.info.description).toBe(preferred.info.description);

  const device = await adapter!.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> data: array<f32>;
    @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) { data[id.x] *= 2.0; }`;
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const data = device.createBuffer({ size: 16, usage });
  const readback = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(data, 0, new Float32Array([1, 2, 3, 4]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: data } }],
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(data, 0, readback, 0, 16);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  expect([...new Float32Array(readback.getMappedRange().slice(0))]).toEqual([2, 4, 6, 8]);
  device.destroy();
});

test('an adapter is picked by part of its name, in any case', async () => {
  const adapters = await listNodeAdapters();
  const last = adapters[adapters.length - 1];
  const adapter = await (await openNodeGpu(last.name.slice(0, 8).toUpperCase())).requestAdapter();
  expect(adapter!.info.device).toBe(last.info.device);
});

test('a name that no adapter has is an error that lists the adapters', async () => {
  const [preferred] = await listNodeAdapters();
  const failure = openNodeGpu('no such thing');
  await expect(failure).rejects.toThrow(UserError);
  await expect(failure).rejects.toThrow(`"no such thing": expected part of one of "${preferred.name}"`);
});
