import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, randomArray, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { l2Normalize } from './l2-normalize';

describe('l2Normalize', () => {
  it('matches its reference at odd shapes, shorter and longer than a workgroup', async () => {
    await expectKernelsMatchReference([[3, 7]], ([x]) => l2Normalize(x));
    await expectKernelsMatchReference([[5, 131]], ([x]) => l2Normalize(x));
  });
  it('leaves a row of zeros zero', async () => {
    const data = randomArray(3 * 65);
    data.fill(0, 65, 130);
    await expectKernelsMatchReference([[3, 65]], ([x]) => l2Normalize(x), { data: [data] });
  });
  it('has the right gradient', async () => {
    await expectGradientsMatch([[5, 131]], ([x]) => l2Normalize(x));
  });
  it('divides the gradient of a zero row by epsilon, as torch does', async () => {
    const x = input('x', [1, 3]);
    const dy = input('dy', [1, 3]);
    const [dx] = gradients(l2Normalize(x), dy, [x]);
    const compiled = await compile(await testGpu(), { dx });
    compiled.write('x', new Float32Array(3));
    compiled.write('dy', Float32Array.of(1, -2, 0));
    await compiled.runAndWait();
    const actual = await compiled.read('dx');
    for (const [i, v] of [1e12, -2e12, 0].entries()) expect(Math.abs(actual[i] - v)).toBeLessThan(1e-5 * 1e12);
    compiled.destroy();
  });
});
