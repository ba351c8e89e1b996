import { describe, expect, it } from 'vitest';
import { noiseOf, Random, STREAMS } from './random';

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

  it('a bare seed gives the numbers it always gave', () => {
    expect(new Random(7).save()).toBe('e4c93d09-fafade65-2fc562ea-623cdf47');
    expect(new Random(2 ** 32 - 1).save()).toBe('eb721c8a-ffe8bd34-4da2a8ce-a4a5cc85');
    expect([...noiseOf(99, 1, 2)]).toEqual([-1.2376770973205566, -0.39363622665405273]);
  });

  it('no stream is that of another purpose, of another seed or of a picture', () => {
    const names = Object.keys(STREAMS) as (keyof typeof STREAMS)[];
    const seeds = [...Array.from({ length: 200 }, (_, i) => i), 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1];
    const pictures = [...seeds, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 40 + 1, 2 ** 53 - 1];
    const starts = [
      ...pictures.map((seed) => new Random(seed).save()),
      ...names.flatMap((name) => seeds.map((seed) => Random.stream(seed, name).save())),
    ];
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('neighbouring seeds, and the streams of one seed, are not correlated', () => {
    const n = 20_000;
    const streams = [7, 8, 9].flatMap((seed) => [
      Random.stream(seed, 'factors').normals(n),
      Random.stream(seed, 'updates').normals(n),
      new Random(seed).normals(n),
    ]);
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(0, i)) {
        const correlation = a.reduce((sum, x, k) => sum + x * b[k], 0) / n;
        // Five standard deviations of the correlation of independent streams.
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
      }
    }
  });
});
