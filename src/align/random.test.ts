import { describe, expect, it } from 'vitest';
import { noiseOf, Random } from './random';

describe('seeded random numbers', () => {
  it('continue from a saved state as if never stopped', () => {
    const a = new Random(7);
    a.normals(11);
    const b = new Random(a.save());
    expect([...b.normals(5)]).toEqual([...a.normals(5)]);
    expect(b.uniform()).toBe(a.uniform());
  });

  it('have the moments of a standard normal', () => {
    const n = 200_000;
    const x = new Random(1).normals(n);
    const mean = x.reduce((s, v) => s + v, 0) / n;
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    const kurtosis = x.reduce((s, v) => s + (v - mean) ** 4, 0) / n / variance ** 2;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1);
  });

  it('reach every whole number of a range, and no other', () => {
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 500 }, () => random.integer(5, 15)));
    expect([...seen].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('picture i depends on seed + i alone', () => {
    expect([...noiseOf(4, 3, 6).subarray(12)]).toEqual([...noiseOf(6, 1, 6)]);
    expect([...noiseOf(4, 1, 6)]).not.toEqual([...noiseOf(5, 1, 6)]);
  });
});
