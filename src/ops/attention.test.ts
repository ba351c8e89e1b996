import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray } from '../compiler/testing';
import { Gpu } from '../gpu/gpu';
import { openNodeGpu } from '../gpu/node';
import { extra, input, type Shape, type Value } from '../graph/graph';
import { attention } from './attention';
import { backwardKernels, forwardKernels } from './attention-kernels';
import { concat } from './concat';
import { reshape } from './reshape';

const build = ([q, k, v]: Value[]) => attention(q, k, v);
/** Shapes of q, k and v. */
const shapesOf = (batch: number, s: number, t: number, heads: number, d: number): Shape[] => [
  [batch, s, heads, d],
  [batch, t, heads, d],
  [batch, t, heads, d],
];
/** The output and the logarithms, or all three gradients, as one. */
const flat = (values: Value[]) =>
  concat(
    values.map((v) => reshape(v, [v.size])),
    0,
  );
const outputs = (inputs: Value[]) => {
  const out = build(inputs);
  return flat([out, extra(out, 'log_sum_exp')]);
};
const slopes = ([q, k, v, dy]: Value[]) => flat(gradients(attention(q, k, v), dy, [q, k, v]));

describe('attention', () => {
  for (const [batch, s, t, heads, d] of [
    [1, 1, 1, 1, 1],
    [2, 33, 70, 3, 10],
    [1, 70, 33, 2, 20],
    [1, 9, 65, 2, 99],
  ]) {
    it(`matches its reference with every kernel: ${s} queries, ${t} keys, ${heads} heads of ${d}`, async () => {
      const shapes = shapesOf(batch, s, t, heads, d);
      await expectKernelsMatchReference(shapes, outputs, { tolerance: 2e-6 });
      await expectKernelsMatchReference([...shapes, [batch, s, heads * d]], slopes, { tolerance: 3e-6 });
    });
  }

  it('has the right gradient', async () => {
    await expectGradientsMatch(shapesOf(2, 5, 7, 2, 6), build);
    await expectGradientsMatch(shapesOf(1, 4, 4, 1, 3), ([x]) => attention(x, x, x), { wrt: [0] });
  });

  it('takes many tokens, and a head that is too wide for the flash kernels', async () => {
    for (const [tokens, d] of [
      [300, 99],
      [40, 130],
    ]) {
      const shapes = shapesOf(1, tokens, tokens, 1, d);
      await expectKernelsMatchReference(shapes, build, { tolerance: 3e-6 });
      await expectKernelsMatchReference([...shapes, [1, tokens, d]], slopes, { tolerance: 5e-6 });
    }
  });

  it('stays finite where a weight is all or nothing', async () => {
    // Whole numbers, so that the scores of thousands are exact.
    const data = [1, 2, 3].map((seed) => randomArray(2 * 41 * 3, seed, 25).map(Math.round));
    await expectKernelsMatchReference(shapesOf(1, 41, 41, 2, 3), outputs, { data });
  });

  it('refuses shapes that do not fit', () => {
    const [q, k] = shapesOf(1, 5, 7, 2, 6).map((shape, i) => input(`x${i}`, shape));
    expect(() => attention(q, k, q)).toThrow('attention: queries [1,5,2,6], keys [1,7,2,6], values [1,5,2,6]');
  });
});

describe('memory of attention', () => {
  const graph = (tokens: number) => {
    const [q, k, v] = shapesOf(1, tokens, tokens, 24, 128).map((shape, i) => input(`x${i}`, shape));
    const y = attention(q, k, v);
    const [dq, dk, dv] = gradients(y, input('dy', y.shape), [q, k, v]);
    return { y, dq, dk, dv };
  };

  it('grows with the tokens: 4,608 of 24 heads of 128 bind at most 128 MiB', async () => {
    const gpu = await Gpu.open(await openNodeGpu(), { maxStorageBufferBindingSize: 128 * 2 ** 20 });
    const [half, whole] = [await compile(gpu, graph(2304)), await compile(gpu, graph(4608))];
    expect(whole.memory.bytes).toBe(2 * half.memory.bytes);
    // log Σ exp and the rows' terms.
    expect(whole.memory.bytes).toBe(2 * 4 * 24 * 4608);
    for (const program of [half, whole]) program.destroy();
    gpu.destroy();
  });

  it('is that of scores only where these are few', () => {
    const variants = (tokens: number) => {
      const { y, dq } = graph(tokens);
      return [forwardKernels(y), backwardKernels(dq)].map((list) => list.map(({ variant }) => variant));
    };
    for (const list of variants(1536)) expect(list).toEqual(['flash']);
    for (const list of variants(80)) expect(list.filter((name) => name.startsWith('composed-'))).toHaveLength(3);
  });
});
