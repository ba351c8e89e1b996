import { expect, it } from 'vitest';
import type { RealPictures } from '../judge-files';
import { conceptOf, rankOf } from './concept';
import { meanDistance } from './diversity';
import { edgeDensity } from './edge-density';
import { distances, gauge, outside } from './gauge';
import { likeliest, wantedStyles } from './styles';

it('the wanted styles are those that have one of the words', () => {
  const styles = [
    { id: '3d', words: ['3d render', 'glossy 3d render'] },
    { id: 'sketch', words: ['pencil sketch'] },
    { id: 'neon', words: ['neon sign'] },
  ];
  expect(wantedStyles({ styles }, ['Glossy 3D render '])).toEqual(['3d']);
  expect(wantedStyles({ styles }, ['neon sign', 'a cat', '3d render'])).toEqual(['3d', 'neon']);
  expect(wantedStyles({ styles }, ['render', 'photo'])).toEqual([]);
  expect(likeliest([0.1, 0.7, 0.2])).toBe(1);
});

it('the thing of a prompt is the longest concept in it as whole words', () => {
  const concepts = ['sun', 'fire', 'fire engine', 'T-Rex', 'jack-o-lantern', 'something else'];
  expect(conceptOf(concepts, 'sun')).toBe(0);
  expect(conceptOf(concepts, 'sunflower')).toBeNull();
  expect(conceptOf(concepts, '3d render. Fire  Engine, glossy')).toBe(2);
  expect(conceptOf(concepts, 't-rex, neon sign')).toBe(3);
  expect(conceptOf(concepts, 'a jack-o-lantern at night')).toBe(4);
  expect(conceptOf(concepts, 'something else')).toBeNull();
});

it('the rank of a thing is how many are likelier; a network that says nothing is not always right', () => {
  const logits = [2, 9, 5, -1, 4, 7];
  expect([1, 5, 2, 4, 0, 3].map((i) => rankOf(logits, i))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(rankOf([0, 0, 0], 2)).toBe(2);
});

it('edge density counts both directions, over the pixels that have a right and a lower neighbour', () => {
  const grey = (rows: number[][]) => ({
    width: rows[0].length,
    height: rows.length,
    data: Float32Array.from(rows.flat().flatMap((v) => [v, v, v])),
  });
  expect(
    edgeDensity(
      grey([
        [0.5, 0.5, 0.5],
        [0.5, 0.5, 0.5],
      ]),
    ),
  ).toBe(0);
  // Each of the two pixels: one step of 1 to the right or none, one of .5 down.
  expect(
    edgeDensity(
      grey([
        [0, 1, 1],
        [0.5, 0.5, 0],
      ]),
    ),
  ).toBeCloseTo((1 + 0.5 + 0 + 0.5) / 2, 6);
  expect(edgeDensity({ width: 1, height: 1, data: new Float32Array(3) })).toBe(0);
  // The grey mean: a colour step of 1 in one channel is a third.
  const red = { width: 2, height: 2, data: Float32Array.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]) };
  expect(edgeDensity(red)).toBeCloseTo(1 / 3, 6);
});

it('diversity is the mean distance of all pairs', () => {
  const e = (...values: number[]) => Float32Array.from(values);
  expect(meanDistance([e(1, 0), e(0, 1)])).toBeCloseTo(Math.SQRT2, 12);
  expect(meanDistance([e(1, 0), e(1, 0), e(-1, 0), e(0, 1)])).toBeCloseTo((0 + 2 + 2 + 3 * Math.SQRT2) / 6, 12);
  expect(meanDistance([e(1, 0)])).toBeNull();
});

const spread = (p5: number, p95: number) => ({ mean: (p5 + p95) / 2, p5, p50: (p5 + p95) / 2, p95 });
const style = (p5: number, p95: number): RealPictures => ({
  saturation: spread(p5, p95),
  edgeDensity: spread(0, 0.1),
  quality: spread(0.6, 1),
});

it('the gauge is how far the worst measure lies outside real pictures, in widths of their spread', () => {
  expect(outside(0.3, spread(0.1, 0.3))).toBe(0);
  expect(outside(0.5, spread(0.1, 0.3))).toBeCloseTo(1, 12);
  expect(outside(0, spread(0.1, 0.3))).toBeCloseTo(0.5, 12);
  expect(outside(0.2, spread(0.1, 0.1))).toBeCloseTo(0.1, 12);
  const means = { saturation: 0.4, edgeDensity: 0.05, quality: 0.4 };
  expect(distances(means, [style(0.1, 0.3)])).toEqual({
    saturation: expect.closeTo(0.5),
    edgeDensity: 0,
    quality: expect.closeTo(0.5),
  });
  expect(gauge({ ...means, quality: 0.9 }, [style(0.1, 0.3)])).toBeCloseTo(0.5, 12);
  // Of several wanted styles the nearest counts, measure by measure.
  expect(gauge({ ...means, quality: 0.9 }, [style(0.1, 0.3), style(0.35, 0.5)])).toBe(0);
  expect(gauge(means, [])).toBeNull();
});
