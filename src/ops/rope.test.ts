import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import { rope } from './rope';

const shapes = [
  [2, 5, 3, 6],
  [5, 3],
  [5, 3],
];

describe('rope', () => {
  it('matches its reference and has the right gradient', async () => {
    await expectKernelsMatchReference(shapes, ([x, cos, sin]) => rope(x, cos, sin), { tolerance: 1e-6 });
    await expectGradientsMatch(shapes, ([x, cos, sin]) => rope(x, cos, sin), { wrt: [0] });
  });
  it('turns (1, 0) by a quarter into (0, 1)', () => {
    const [x, cos, sin] = [input('x', [1, 2, 1, 2]), input('cos', [2, 1]), input('sin', [2, 1])];
    const leaves = new Map([
      [x, [1, 0, 1, 0]],
      [cos, [1, 0]],
      [sin, [0, 1]],
    ]);
    expect([...interpret([rope(x, cos, sin)], leaves)[0]]).toEqual([1, 0, 0, 1]);
  });
  it('refuses shapes that do not fit', () => {
    const table = input('t', [5, 3]);
    expect(() => rope(input('x', [2, 5, 3, 5]), table, table)).toThrow('not [batch, position, head, even]');
    expect(() => rope(input('x', [2, 4, 3, 6]), table, table)).toThrow('a table is [5,3], not [4,3]');
  });
});
