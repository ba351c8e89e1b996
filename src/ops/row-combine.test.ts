import { describe, expect, it } from 'vitest';
import { gradients } from '../compiler/differentiate';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { rowCombine } from './row-combine';

describe('rowCombine', () => {
  it('matches its reference for one to four tensors of odd shape', async () => {
    for (const n of [1, 2, 3, 4]) {
      await expectKernelsMatchReference([[3, n], ...Array.from({ length: n }, () => [3, 5, 7])], ([c, ...xs]) =>
        rowCombine(c, xs),
      );
    }
  });
  it('has the right gradient, also of a tensor given twice', async () => {
    const shapes = [[3, 4], ...Array.from({ length: 4 }, () => [3, 5, 7])];
    await expectGradientsMatch(shapes, ([c, ...xs]) => rowCombine(c, xs), { wrt: [1, 2, 3, 4] });
    await expectGradientsMatch(
      [
        [3, 2],
        [3, 5],
      ],
      ([c, x]) => rowCombine(c, [x, x]),
      { wrt: [1] },
    );
  });
  it('refuses shapes that do not fit, and a gradient for its coefficients', () => {
    const c = input('c', [3, 2]);
    const x = input('x', [3, 4]);
    expect(() => rowCombine(c, [x])).toThrow('coefficients [3,2] for 1 tensors');
    expect(() => rowCombine(c, [x, input('y', [2, 4])])).toThrow('[2,4] does not go with [3,4]');
    expect(() => gradients(rowCombine(c, [x, x]), x, [c])).toThrow('row-combine has no gradient for its input 0 (c)');
  });
});
