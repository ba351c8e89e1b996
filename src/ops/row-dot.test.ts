import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { rowDot } from './row-dot';

describe('rowDot', () => {
  const shapes = [
    [5, 131],
    [5, 131],
  ];
  it('matches its reference at odd shapes, shorter and longer than a workgroup', async () => {
    await expectKernelsMatchReference(shapes, ([a, b]) => rowDot(a, b));
    await expectKernelsMatchReference([[3, 7]], ([a]) => rowDot(a, a));
  });
  it('has the right gradient for both, also of a row with itself', async () => {
    await expectGradientsMatch(shapes, ([a, b]) => rowDot(a, b));
    await expectGradientsMatch([[3, 7]], ([a]) => rowDot(a, a));
  });
  it('refuses shapes that differ', () => {
    expect(() => rowDot(input('a', [3, 4]), input('b', [3, 5]))).toThrow('[3,4] and [3,5]');
  });
});
