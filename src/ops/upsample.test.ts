import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { expectGradientsMatch, expectKernelsMatchReference, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { upsampleNearest } from './upsample';

describe('upsampleNearest', () => {
  it('matches its reference at odd shapes, by numbers and in fours', async () => {
    await expectKernelsMatchReference([[2, 3, 5, 7]], ([x]) => upsampleNearest(x, 2));
    await expectKernelsMatchReference([[1, 5, 3, 1]], ([x]) => upsampleNearest(x, 3));
    await expectKernelsMatchReference([[2, 3, 5, 8]], ([x]) => upsampleNearest(x, 2));
  });
  it('repeats every pixel', async () => {
    const compiled = await compile(await testGpu(), { out: upsampleNearest(input('x', [1, 1, 2, 1]), 2) });
    compiled.write('x', Float32Array.of(1, 2));
    await compiled.runAndWait();
    expect([...(await compiled.read('out'))]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    compiled.destroy();
  });
  it('has the block sums as gradient, by numbers and in fours', async () => {
    await expectGradientsMatch([[2, 3, 5, 7]], ([x]) => upsampleNearest(x, 2));
    await expectGradientsMatch([[1, 2, 3, 4]], ([x]) => upsampleNearest(x, 3));
  });
  it('refuses a factor that is not a positive integer', () => {
    expect(() => upsampleNearest(input('x', [1, 2, 2, 1]), 1.5)).toThrow('by 1.5');
  });
});
