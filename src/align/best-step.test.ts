import { expect, it } from 'vitest';
import type { JudgedGrid } from '../formats/judged';
import { bestStep, isHacked, isWithinLimits } from './best-step';

const base: JudgedGrid = { step: 0, wanted: 0.04, namedRight: 0.95, quality: 0.8, diversity: 0.9, gauge: 0 };
const grid = (step: number, changes: Partial<JudgedGrid> = {}): JudgedGrid => ({ ...base, step, ...changes });
const all = () => true;

it('a grid is within the limits up to ten points of things, a tenth of diversity and no gauge', () => {
  expect(isWithinLimits(grid(5, { namedRight: 0.85, diversity: 0.81 }), base)).toBe(true);
  expect(isWithinLimits(grid(5, { namedRight: 0.84 }), base)).toBe(false);
  expect(isWithinLimits(grid(5, { diversity: 0.8 }), base)).toBe(false);
  expect(isWithinLimits(grid(5, { gauge: 0.01 }), base)).toBe(false);
  expect(isWithinLimits(grid(5, { namedRight: null, diversity: null, gauge: null }), base)).toBe(true);
});

it('the best step is the kept one within the limits with most of the wanted style', () => {
  const grids = [
    base,
    grid(5, { wanted: 0.2 }),
    grid(10, { wanted: 0.4 }),
    grid(15, { wanted: 0.6 }),
    grid(20, { wanted: 0.7, namedRight: 0.5 }),
  ];
  expect(bestStep(grids, all)).toBe(15);
  expect(bestStep(grids, (step) => step % 10 === 0)).toBe(10);
  expect(bestStep([base, grid(5, { wanted: 0.5 }), grid(10, { wanted: 0.5 })], all)).toBe(5);
});

it('where none is within the limits it is step 0; without a judged step 0 it is not known', () => {
  expect(bestStep([base, grid(5, { wanted: 0.9, gauge: 2 })], all)).toBe(0);
  expect(bestStep([base], all)).toBe(0);
  expect(bestStep([grid(5, { wanted: 0.9 })], all)).toBeNull();
});

it('two grids in a row beyond the limits are hacking, one is not', () => {
  const bad = (step: number) => grid(step, { gauge: 1 });
  expect(isHacked([base, grid(5), bad(10)])).toBe(false);
  expect(isHacked([base, bad(5), grid(10), bad(15)])).toBe(false);
  expect(isHacked([base, grid(5), bad(10), bad(15)])).toBe(true);
  expect(isHacked([base, bad(5)])).toBe(false);
  expect(isHacked([bad(5), bad(10)])).toBe(false);
});

it('a base that lies outside real pictures itself is not hacked; what lies further outside is', () => {
  const outside = { ...base, gauge: 0.3 };
  expect(isHacked([outside, grid(4, { gauge: 0.28 }), grid(8, { gauge: 0.02 })])).toBe(false);
  expect(isHacked([outside, grid(4, { gauge: 0.4 }), grid(8, { gauge: 0.5 })])).toBe(true);
  expect(bestStep([outside, grid(4, { wanted: 0.9, gauge: 0.02 })], all)).toBe(0);
});
