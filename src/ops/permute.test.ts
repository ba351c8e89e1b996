import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { fuse } from '../compiler/fuse';
import { expectGradientsMatch, expectKernelsMatchReference, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { add } from './add';
import { permute } from './permute';

describe('permute', () => {
  it('matches its reference at odd shapes', async () => {
    await expectKernelsMatchReference([[5, 7]], ([x]) => permute(x, [1, 0]));
    await expectKernelsMatchReference([[2, 5, 3, 7]], ([x]) => permute(x, [0, 2, 1, 3]));
    await expectKernelsMatchReference([[2, 5, 3, 7]], ([x]) => permute(x, [3, 1, 0, 2]));
    await expectKernelsMatchReference([[2, 3, 5, 3, 2, 7]], ([x]) => permute(x, [5, 3, 1, 4, 2, 0]));
  });
  it('matches its reference where it copies in fours', async () => {
    await expectKernelsMatchReference([[2, 5, 3, 8]], ([x]) => permute(x, [0, 2, 1, 3]));
  });
  it('orders as numpy.transpose', async () => {
    const compiled = await compile(await testGpu(), { out: permute(input('x', [2, 3]), [1, 0]) });
    compiled.write('x', Float32Array.of(1, 2, 3, 4, 5, 6));
    await compiled.runAndWait();
    expect([...(await compiled.read('out'))]).toEqual([1, 4, 2, 5, 3, 6]);
    compiled.destroy();
  });
  it('has the inverse permutation as gradient', async () => {
    await expectGradientsMatch([[2, 5, 3, 7]], ([x]) => permute(x, [2, 0, 3, 1]));
  });
  it('costs nothing where no number moves', () => {
    const x = input('x', [1, 5, 1, 3]);
    const y = permute(x, [1, 0, 3, 2]);
    expect(y.op.name).toBe('reshape');
    expect(y.shape).toEqual([5, 1, 3, 1]);
  });
  it('disappears where a second permutation undoes it', async () => {
    const shape = [2, 3, 5];
    const build = (x: ReturnType<typeof input>) => add(permute(permute(x, [2, 0, 1]), [1, 2, 0]), x);
    const [fused] = fuse([build(input('x', shape))]);
    expect(fused.inputs[0].op.name).toBe('reshape');
    await expectKernelsMatchReference([shape], ([x]) => build(x));
  });
  it('refuses axes that are not a permutation', () => {
    expect(() => permute(input('x', [3, 4]), [1, 1])).toThrow('[1,1] does not order the axes of [3,4]');
  });
});
