import { describe, expect, it } from 'vitest';
import { expectGradientsMatch, expectKernelsMatchReference } from '../compiler/testing';
import { input } from '../graph/graph';
import { resizeBicubic, resizeMatrix } from './resize';
import golden from './resize.golden.json';

describe('resizeMatrix', () => {
  for (const { in: from, out: to, rows } of golden) {
    it(`is torch's from ${from} to ${to}`, () => {
      const matrix = resizeMatrix(from, to);
      expect(matrix.length).toBe(from * to);
      for (const { row, first, weights } of rows) {
        const expected = new Float32Array(from);
        expected.set(weights, first);
        const worst = Math.max(...expected.map((v, i) => Math.abs(v - matrix[row * from + i])));
        expect(worst, `row ${row}`).toBeLessThan(1e-6);
      }
    });
  }
  it('keeps a constant picture constant', () => {
    const matrix = resizeMatrix(37, 14);
    for (let i = 0; i < 14; i++) expect(matrix.subarray(i * 37, i * 37 + 37).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });
});

describe('resizeBicubic', () => {
  it('matches its reference at odd shapes, up and down', async () => {
    await expectKernelsMatchReference([[2, 5, 7, 3]], ([x]) => resizeBicubic(x, 11, 3));
    await expectKernelsMatchReference([[1, 13, 4, 1]], ([x]) => resizeBicubic(x, 5, 9));
  });
  it('has the transposed matrices as gradient', async () => {
    await expectGradientsMatch([[2, 5, 7, 3]], ([x]) => resizeBicubic(x, 11, 3));
  });
  it('is x itself where the sizes agree', () => {
    const x = input('x', [1, 5, 7, 3]);
    expect(resizeBicubic(x, 5, 7)).toBe(x);
  });
});
