/** @file TensorFlow.js on its WebGPU backend. Convolutions have channels last, as ours. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Contender } from './contender';
import { watch } from './watch';
import { type Operation, operandsOf, permuted } from './work';

/** Opens the backend on a device of its own of the adapter that `gpu` gives. */
export async function openTfjs(gpu: GPU): Promise<Contender> {
  const [tf, { WebGPUBackend }] = await Promise.all([
    import('@tensorflow/tfjs-core').then(named),
    import('@tensorflow/tfjs-backend-webgpu').then(named),
  ]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no adapter');
  // As the backend opens a device itself (its base.ts), which it does in a browser only.
  const limits = [
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxComputeWorkgroupSizeX',
    'maxComputeInvocationsPerWorkgroup',
  ] as const;
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  });
  const check = watch(device);
  const backend = new WebGPUBackend(device as never, adapter.info as never);
  // Kernels are found by the backend's name, so it takes the place of the one that the package registered.
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => backend);
  await tf.setBackend('webgpu');

  return {
    id: 'TF.js',
    version: tf.version_core,
    async prepare(work) {
      const { tensors, compute } = prepared(work);
      return {
        async run(repeats) {
          for (let i = 0; i < repeats; i++) tf.tidy(compute).dispose();
          // Dispatches are gathered, and the last of them submitted by nobody else.
          backend.endComputePassEncoder();
          backend.submitQueue();
          await device.queue.onSubmittedWorkDone();
          check();
        },
        async output() {
          const y = tf.tidy(compute);
          const data = (await y.data()) as Float32Array;
          y.dispose();
          check();
          return work.kind === 'attention' ? permuted(data, [work.heads, work.tokens, work.size], [1, 0, 2]) : data;
        },
        destroy: () => tf.dispose(tensors),
      };
    },
  };

  function prepared(work: Operation): { tensors: Tensor[]; compute: () => Tensor } {
    const operands = operandsOf(work);
    switch (work.kind) {
      case 'matmul': {
        const x = tf.tensor2d(operands.x, [work.m, work.k]);
        const w = tf.tensor2d(permuted(operands.w, [work.n, work.k], [1, 0]), [work.k, work.n]);
        return { tensors: [x, w], compute: () => tf.matMul(x, w) };
      }
      case 'attention': {
        const { tokens, heads, size } = work;
        const [q, k, v] = ['q', 'k', 'v'].map((name) =>
          tf.tensor3d(permuted(operands[name], [tokens, heads, size], [1, 0, 2]), [heads, tokens, size]),
        );
        const scale = tf.scalar(1 / Math.sqrt(size));
        const compute = () => tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale)), v);
        return { tensors: [q, k, v, scale], compute };
      }
      case 'convolution': {
        const { side, channels } = work;
        const x = tf.tensor4d(operands.x, [1, side, side, channels]);
        const w = tf.tensor4d(operands.w, [3, 3, channels, channels]);
        return { tensors: [x, w], compute: () => tf.conv2d(x, w, 1, 'same') };
      }
    }
  }
}

/** What a package exports: Node gives that of a CommonJS file as its default. */
const named = <T>(module: T): T => (module as { default?: T }).default ?? module;
