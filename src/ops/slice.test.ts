import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { concat } from './concat';
import { slice } from './slice';

describe('slice', () => {
  it('matches its reference at odd shapes and on every axis', async () => {
    await expectKernelsMatchReference([[5, 3, 7]], ([x]) => slice(x, 0, 1, 3));
    await expectKernelsMatchReference([[5, 3, 7]], ([x]) => slice(x, 1, 2, 1));
    await expectKernelsMatchReference([[5, 3, 7]], ([x]) => slice(x, 2, 3, 4));
  });
  it('matches its reference where it copies in fours', async () => {
    await expectKernelsMatchReference([[3, 5, 12]], ([x]) => slice(x, 2, 4, 8));
    await expectKernelsMatchReference([[3, 5, 12]], ([x]) => slice(x, 1, 1, 3));
  });
  it('picks the range that is asked for', async () => {
    const x = input('x', [2, 4]);
    const compiled = await compile(await testGpu(), { out: slice(x, 1, 1, 2) });
    compiled.write('x', Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13));
    await compiled.runAndWait();
    expect([...(await compiled.read('out'))]).toEqual([1, 2, 11, 12]);
    compiled.destroy();
  });
  it('has zeros around its gradient, also where ranges overlap', async () => {
    await expectGradientsMatch([[5, 3, 7]], ([x]) => slice(x, 2, 3, 4));
    await expectGradientsMatch([[5, 6, 2]], ([x]) => concat([slice(x, 1, 0, 4), slice(x, 1, 2, 3)], 1));
  });
  it('is x itself where it takes everything, and one slice of a slice', () => {
    const x = input('x', [3, 9]);
    expect(slice(x, 1, 0, 9)).toBe(x);
    const [fused] = fuse([slice(slice(x, 1, 2, 6), 1, 1, 3)]);
    expect(fused.inputs).toEqual([x]);
    expect(fused.attrs).toEqual({ axis: 1, start: 3, length: 3 });
  });
  it('refuses a range outside the axis', () => {
    expect(() => slice(input('x', [3, 4]), 1, 2, 3)).toThrow('2…5 is not a range of axis 1 of [3,4]');
  });
});
