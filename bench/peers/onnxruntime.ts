/**
 * @file onnxruntime-web on its WebGPU provider, in a browser: in Node its WebGPU build ends the process.
 *
 * The networks are those of onnx/make.py; operands and output stay on the device.
 */

import type { Contender, Prepared } from './contender';
import attention4 from './onnx/attention-4.onnx?url';
import attention24 from './onnx/attention-24.onnx?url';
import attentionInParts from './onnx/attention-parts.onnx?url';
import convolution from './onnx/convolution.onnx?url';
import matmul from './onnx/matmul.onnx?url';
import { watch } from './watch';
import { type Operands, type Operation, operandsOf, permuted } from './work';

interface Network {
  url: string;
  feeds: Operands;
  shapes: Record<string, readonly number[]>;
  output: readonly number[];
  /** How an output in another order becomes the order of work.ts: its shape, and its axes. */
  order?: [shape: readonly number[], axes: readonly number[]];
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
      const prepared = await open(networkOf(work));
      if (work.kind !== 'attention') return prepared;
      // Its own operator is the faster one, but does not give on every adapter what the same in parts gives.
      const parts = await open(inParts(work));
      const [one, other] = [await prepared.output(), await parts.output()];
      const [good, bad] = one.every((v, i) => Math.abs(v - other[i]) < 1e-3) ? [prepared, parts] : [parts, prepared];
      bad.destroy();
      return good;
    },
  };

  async function open({ url, feeds, shapes, output, order, constants = {} }: Network): Promise<Prepared> {
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
      const buffer = device.createBuffer({ size: Math.max(16, bytes), usage });
      if (data) device.queue.writeBuffer(buffer, 0, data);
      buffers.push(buffer);
      return ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims: [...dims] });
    };
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, data]) => [name, onDevice(data.byteLength, shapes[name], data)]),
    );
    const bytes = 4 * output.reduce((a, b) => a * b);
    const y = onDevice(bytes, output);
    return {
      async run(repeats) {
        for (let i = 0; i < repeats; i++) await session.run(inputs, { y });
        await device.queue.onSubmittedWorkDone();
        check();
      },
      async output() {
        await session.run(inputs, { y });
        const staging = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(buffers.at(-1)!, 0, staging, 0, bytes);
        device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ);
        const data = new Float32Array(staging.getMappedRange().slice(0));
        staging.destroy();
        check();
        return order ? permuted(data, ...order) : data;
      },
      destroy() {
        void session.release();
        for (const buffer of buffers) buffer.destroy();
      },
    };
  }
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
      return {
        url: convolution,
        feeds: { x },
        shapes: { x: shape },
        output: shape,
        order: [
          [channels, side ** 2],
          [1, 0],
        ],
        constants: { w },
      };
    }
  }
}

function inParts(work: Extract<Operation, { kind: 'attention' }>): Network {
  const { tokens, heads, size } = work;
  const operands = operandsOf(work);
  const of = (name: string, axes: number[]) => permuted(operands[name], [tokens, heads, size], axes);
  const shape = [heads, tokens, size];
  return {
    url: attentionInParts,
    feeds: {
      q: of('q', [1, 0, 2]),
      k: of('k', [1, 2, 0]),
      v: of('v', [1, 0, 2]),
      scale: Float32Array.of(size ** -0.5),
    },
    shapes: { q: shape, k: [heads, size, tokens], v: shape, scale: [1] },
    output: shape,
    order: [shape, [1, 0, 2]],
  };
}
