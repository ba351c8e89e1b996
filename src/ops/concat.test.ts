import { describe, expect, it } from 'vitest';
import { compile } from '../compiler/compile';
import { expectGradientsMatch, expectKernelsMatchReference, testGpu } from '../compiler/testing';
import { input } from '../graph/graph';
import { concat } from './concat';

describe('concat', () => {
  const parts = (axis: number) => [3, 1, 5].map((n) => [2, 3, 7].with(axis, n));

  it('matches its reference at odd shapes and on every axis', async () => {
    for (const axis of [0, 1, 2]) await expectKernelsMatchReference(parts(axis), (xs) => concat(xs, axis));
  });
  it('matches its reference where parts are copied in fours and one is not', async () => {
    await expectKernelsMatchReference(
      [
        [3, 4],
        [3, 8],
        [3, 4],
      ],
      (xs) => concat(xs, 1),
    );
    await expectKernelsMatchReference(
      [
        [3, 4],
        [3, 3],
        [3, 4],
      ],
      (xs) => concat(xs, 1),
    );
  });
  it('puts the parts one after the other', async () => {
    const compiled = await compile(await testGpu(), { out: concat([input('a', [2, 1]), input('b', [2, 2])], 1) });
    compiled.write('a', Float32Array.of(1, 2));
    compiled.write('b', Float32Array.of(3, 4, 5, 6));
    await compiled.runAndWait();
    expect([...(await compiled.read('out'))]).toEqual([1, 3, 4, 2, 5, 6]);
    compiled.destroy();
  });
  it('has the right gradient, also of a value given twice', async () => {
    await expectGradientsMatch(parts(1), (xs) => concat(xs, 1));
    await expectGradientsMatch([[3, 5]], ([x]) => concat([x, x], 0));
  });
  it('refuses shapes that do not fit', () => {
    expect(() => concat([input('a', [3, 4]), input('b', [2, 4])], 1)).toThrow('[2,4] does not join [3,4] along axis 1');
  });
});
