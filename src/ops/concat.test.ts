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
  it('moves two parts at once where they are no whole runs, and the last of an odd number alone', async () => {
    const count = async (n: number, axis: number) => {
      const parts = Array.from({ length: n }, (_, i) => input(`x${i}`, [2, 3]));
      const program = await compile(await testGpu(), { out: concat(parts, axis) });
      program.destroy();
      return program.program.dispatchCount;
    };
    expect([await count(2, 1), await count(3, 1), await count(4, 1), await count(3, 0)]).toEqual([1, 2, 2, 3]);
    const even = (n: number) => [2, 3, n];
    await expectKernelsMatchReference([even(8), even(4), even(12), even(4)], (xs) => concat(xs, 2));
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
