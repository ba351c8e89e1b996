import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { clamp } from './clamp';

describe('clamp', () => {
  it('matches its reference and has the right gradient', async () => {
    await expectKernelsMatchReference([[3, 5, 7]], ([x]) => clamp(x, -0.5, 1));
    await expectGradientsMatch([[3, 5, 7]], ([x]) => clamp(x, -0.5, 1));
  });
  it('passes the gradient at the ends of the range', async () => {
    const x = input('x', [5]);
    const seed = input('seed', [5]);
    const [dx] = gradients(clamp(x, 0, 1), seed, [x]);
    const compiled = await compile(await testGpu(), { dx });
    compiled.write('x', Float32Array.of(-0.1, 0, 0.5, 1, 1.1));
    compiled.write('seed', Float32Array.of(2, 3, 4, 5, 6));
    await compiled.runAndWait();
    expect([...(await compiled.read('dx'))]).toEqual([0, 3, 4, 5, 0]);
    compiled.destroy();
  });
  it('refuses an empty range', () => {
    expect(() => clamp(input('x', [2]), 1, 0)).toThrow('[1, 0] is no range');
  });
});
