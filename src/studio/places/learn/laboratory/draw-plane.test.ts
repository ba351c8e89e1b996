/** @file Where points stand between two levels, and how long the methods' arrows are. */
import { expect, test } from 'vitest';
import { arrowsAt, atSigma, between } from './draw-plane';

const SIGMAS = [1, 0.5, 0];

test('a level lies on a step, and on a share of it', () => {
  expect(between(SIGMAS, 1)).toEqual({ from: 0, share: 0 });
  expect(between(SIGMAS, 0.75)).toEqual({ from: 0, share: 0.5 });
  expect(between(SIGMAS, 0.5)).toEqual({ from: 0, share: 1 });
  expect(between(SIGMAS, 0.1)).toEqual({ from: 1, share: 0.8 });
  expect(between(SIGMAS, 0)).toEqual({ from: 1, share: 1 });
});

test('points go straight from one kept level to the next', () => {
  const paths = Float32Array.of(0, 0, 2, 4, 2, 8);
  expect([...atSigma(paths, SIGMAS, 1)]).toEqual([0, 0]);
  expect([...atSigma(paths, SIGMAS, 0.75)]).toEqual([1, 2]);
  expect([...atSigma(paths, SIGMAS, 0.25)]).toEqual([2, 6]);
  expect([...atSigma(paths, SIGMAS, 0)]).toEqual([2, 8]);
});

test('arrows share one scale, along the whole path: the longest is 1', () => {
  const view = { paths: new Float32Array(6), way: new Float32Array(6), sigmas: SIGMAS, field: null };
  const arrows = new Map([
    ['srpo', Float32Array.of(0, 0, 3, 4, 0, 0)],
    ['draft', Float32Array.of(0, 0, 0, -1, 0, 0)],
  ]);
  const side = { view, before: null, came: 0, took: 0, arrows, version: 0 };
  expect(arrowsAt(side, 0.5)).toEqual([
    { id: 'srpo', x: expect.closeTo(0.6), y: expect.closeTo(0.8) },
    { id: 'draft', x: 0, y: expect.closeTo(-0.2) },
  ]);
  expect(arrowsAt({ ...side, view: null }, 0.5)).toEqual([]);
  expect(arrowsAt({ ...side, arrows: new Map([['srpo', new Float32Array(6)]]) }, 0.5)).toEqual([]);
});
