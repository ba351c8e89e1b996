/** @file jax-js on WebGPU, each row traced once by its `jit`. It computes nothing that nobody waits for. */
import type { Array as JaxArray } from '@jax-js/jax';
import { devDependencies } from '../../package.json';
import type { Contender } from './contender';
import { watch } from './watch';
import { type Operation, operandsOf, permuted } from './work';

/** Opens jax-js, which asks `navigator.gpu` for its adapter. */
export async function openJax(): Promise<Contender> {
  const jax = await import('@jax-js/jax');
  const devices = await jax.init('webgpu');
  if (!devices.includes('webgpu')) throw new Error('jax-js opened no WebGPU device');
  jax.defaultDevice('webgpu');
  const { numpy: np, nn, lax } = jax;
  const check = watch(jax.getWebGPUDevice());

  return {
    id: 'jax-js',
    version: devDependencies['@jax-js/jax'],
    async prepare(work) {
      const { arrays, compute } = prepared(work);
      const f = jax.jit(compute);
      const once = () => f(...arrays.map((array) => array.ref));
      return {
        async run(repeats) {
          const results = Array.from({ length: repeats }, once);
          await Promise.all(results.map((result) => result.blockUntilReady()));
          for (const result of results) result.dispose();
          check();
        },
        async output() {
          const data = (await once().data()) as Float32Array;
          if (work.kind === 'convolution') return permuted(data, [work.channels, work.side ** 2], [1, 0]);
          return work.kind === 'attention' ? permuted(data, [work.heads, work.tokens, work.size], [1, 0, 2]) : data;
        },
        destroy() {
          for (const array of arrays) array.dispose();
          f.dispose();
        },
      };
    },
  };

  function prepared(work: Operation): { arrays: JaxArray[]; compute: (...arrays: JaxArray[]) => JaxArray } {
    const operands = operandsOf(work);
    switch (work.kind) {
      case 'matmul': {
        const w = permuted(operands.w, [work.n, work.k], [1, 0]);
        const arrays = [np.array(operands.x, { shape: [work.m, work.k] }), np.array(w, { shape: [work.k, work.n] })];
        return { arrays, compute: (x, w) => np.matmul(x, w) };
      }
      case 'attention': {
        // nn.dotProductAttention is the same in einsum, which needs a newer Node than ours.
        const { tokens, heads, size } = work;
        const of = (name: string, axes: number[]) => permuted(operands[name], [tokens, heads, size], axes);
        const arrays = [
          np.array(of('q', [1, 0, 2]), { shape: [heads, tokens, size] }),
          np.array(of('k', [1, 2, 0]), { shape: [heads, size, tokens] }),
          np.array(of('v', [1, 0, 2]), { shape: [heads, tokens, size] }),
        ];
        const scale = 1 / Math.sqrt(size);
        return { arrays, compute: (q, k, v) => np.matmul(nn.softmax(np.matmul(q, k).mul(scale)), v) };
      }
      case 'convolution': {
        const { side, channels } = work;
        const x = permuted(operands.x, [side ** 2, channels], [1, 0]);
        const w = permuted(operands.w, [9, channels, channels], [2, 1, 0]);
        const arrays = [
          np.array(x, { shape: [1, channels, side, side] }),
          np.array(w, { shape: [channels, channels, 3, 3] }),
        ];
        return { arrays, compute: (x, w) => lax.conv(x, w, [1, 1], 'SAME') };
      }
    }
  }
}
