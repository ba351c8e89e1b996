/**
 * @file onnxruntime-web on its WebGPU provider, in a browser: in Node its WebGPU build ends the process.
 *
 * The networks are those of onnx/make.py; operands and output stay on the device.
 */

import type { Contender } from './contender';
import attention4 from './onnx/attention-4.onnx?url';
import attention24 from './onnx/attention-24.onnx?url';
import convolution from './onnx/convolution.onnx?url';
import matmul from './onnx/matmul.onnx?url';
import { watch } from './watch';
import { type Operands, type Operation, operandsOf, permuted } from './work';

interface Network {
  url: string;
  feeds: Operands;
  shapes: Record<string, readonly number[]>;
  output: readonly number[];
  /** Weights that are constants of the network. */
  constants?: Operands;
}

/** Opens the library; it opens its device with its first network. */
export async function openOnnxruntime(): Promise<Contender> {
  const [ort, { default: wasm }] = await Promise.all([
    import('onnxruntime-web/webgpu'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
  ]);
  ort.env.wasm.wasmPaths = { wasm };
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    id: 'onnxruntime-web',
    version: ort.env.versions.web ?? '',
    async prepare(work) {
      const { url, feeds, shapes, output, constants = {} } = networkOf(work);
      const session = await ort.InferenceSession.create(new Uint8Array(await (await fetch(url)).arrayBuffer()), {
        executionProviders: ['webgpu'],
        preferredOutputLocation: 'gpu-buffer',
        externalData: Object.entries(constants).map(([path, data]) => ({ path, data: new Uint8Array(data.buffer) })),
      });
      const device = (await ort.env.webgpu.device) as GPUDevice;
      const check = watch(device);
      const buffers: GPUBuffer[] = [];
      const onDevice = (bytes: number, dims: readonly number[], data?: Float32Array<ArrayBuffer>) => {
        const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
        const buffer = device.createBuffer({ size: bytes, usage });
        if (data) device.queue.writeBuffer(buffer, 0, data);
        buffers.push(buffer);
        return ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims: [...dims] });
      };
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, data]) => [name, onDevice(data.byteLength, shapes[name], data)]),
      );
      const count = output.reduce((a, b) => a * b);
      const y = onDevice(4 * count, output);
      return {
        async run(repeats) {
          for (let i = 0; i < repeats; i++) await session.run(inputs, { y });
          await device.queue.onSubmittedWorkDone();
          check();
        },
        async output() {
          await session.run(inputs, { y });
          const staging = device.createBuffer({
            size: 4 * count,
            usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
          });
          const encoder = device.createCommandEncoder();
          encoder.copyBufferToBuffer(buffers.at(-1)!, 0, staging, 0, 4 * count);
          device.queue.submit([encoder.finish()]);
          await staging.mapAsync(GPUMapMode.READ);
          const data = new Float32Array(staging.getMappedRange().slice(0));
          check();
          staging.destroy();
          return work.kind === 'convolution' ? permuted(data, [work.channels, work.side ** 2], [1, 0]) : data;
        },
        destroy() {
          void session.release();
          for (const buffer of buffers) buffer.destroy();
        },
      };
    },
  };
}

function networkOf(work: Operation): Network {
  const operands = operandsOf(work);
  switch (work.kind) {
    case 'matmul': {
      const { m, n, k } = work;
      const w = permuted(operands.w, [n, k], [1, 0]);
      return { url: matmul, feeds: { x: operands.x, w }, shapes: { x: [m, k], w: [k, n] }, output: [m, n] };
    }
    case 'attention': {
      const shape = [1, work.tokens, work.heads * work.size];
      const url = { 4: attention4, 24: attention24 }[work.heads];
      if (!url) throw new Error(`onnx/make.py writes no attention of ${work.heads} heads`);
      return { url, feeds: operands, shapes: { q: shape, k: shape, v: shape }, output: shape };
    }
    case 'convolution': {
      const { side, channels } = work;
      const x = permuted(operands.x, [side ** 2, channels], [1, 0]);
      const w = permuted(operands.w, [9, channels, channels], [2, 1, 0]);
      const shape = [1, channels, side, side];
      return { url: convolution, feeds: { x }, shapes: { x: shape }, output: shape, constants: { w } };
    }
  }
}
