/** @file The parts of the laboratory: data, hills, measures, optimizer. */
import { expect, test } from 'vitest';
import { Random } from '../align/random';
import { randomArray, relativeL2 } from '../compiler/testing';
import { input } from '../graph/graph';
import { interpret } from '../graph/interpret';
import golden from '../lora/adamw.golden.json';
import { rewardRow } from '../methods/reward-form';
import { HostAdamW } from './adamw';
import { DATA_SETS, MOST_SPOTS, pointsOf, REACH, readSpots, spotsOf, writeSpots } from './data';
import { rewardAt } from './hills';
import { densityOf, measure } from './measures';
import { hillInputs, scoreHills } from './score';

test('every data set lies on the plane that is shown, and so does what is drawn from it', () => {
  for (const { spots } of Object.values(DATA_SETS)) {
    expect(spots.length).toBeLessThanOrEqual(MOST_SPOTS);
    const points = pointsOf(spots, 500, new Random(1));
    expect(points).toHaveLength(1000);
    expect(points.every((v) => Math.abs(v) < REACH + 0.5)).toBe(true);
    const { onData } = measure(points, spots, { wanted: { x: 0, y: 0 }, unwanted: null });
    expect(onData).toBeGreaterThan(0.95);
  }
  expect(() => pointsOf([], 1, new Random(1))).toThrow('without a spot');
});

test('spots go through a link; what is no list of them does not', () => {
  const text = '120,-35;0,0;-299,300';
  expect(writeSpots(readSpots(text)!)).toBe(text);
  expect(spotsOf(text)).toEqual(readSpots(text));
  expect(spotsOf('ring')).toBe(DATA_SETS.ring.spots);
  expect(() => spotsOf('toString')).toThrow('no data is called toString');
  for (const wrong of [
    '',
    '1',
    '1,2;',
    'a,b',
    '400,0',
    '1,2,3',
    '1.5,2',
    new Array(MOST_SPOTS + 1).fill('1,1').join(';'),
  ]) {
    expect(readSpots(wrong), wrong).toBeUndefined();
  }
});

test('the traced reward is that of the hills, with κ and the words changing places', () => {
  const hills = { wanted: { x: 0.5, y: 1 }, unwanted: { x: -1, y: 0 } };
  const words = { positive: 'wanted', negative: 'unwanted' };
  const points = randomArray(6, 1);
  const rows = [0, 0.3, 0.3].map((kappa, i) => rewardRow('relative', 'a point', words, kappa, i === 2));
  const x = input('x', [3, 2]);
  const traced = scoreHills(x).reward;
  const given = hillInputs(hills, rows);
  const leaves = new Map<any, ArrayLike<number>>([[x, points]]);
  const collect = (value: any) => {
    if (value.op.name === 'input' && value !== x) leaves.set(value, given[value.attrs.name]);
    value.inputs.forEach(collect);
  };
  collect(traced);
  const [found] = interpret([traced], leaves);
  const at = (i: number, which: typeof hills | { wanted: any; unwanted: null }) =>
    rewardAt(which, points[2 * i], points[2 * i + 1]);
  const [up, down] = [
    { wanted: hills.wanted, unwanted: null },
    { wanted: hills.unwanted, unwanted: null },
  ];
  expect(found[0]).toBeCloseTo(at(0, hills), 10);
  expect(found[1]).toBeCloseTo(1.3 * at(1, up) - at(1, down), 6);
  expect(found[2]).toBeCloseTo(1.3 * at(2, down) - at(2, up), 6);
});

test('spread and density: one place, or many', () => {
  const hills = { wanted: { x: 1, y: 1 }, unwanted: null };
  const one = Float32Array.of(1, 1, 1, 1);
  expect(measure(one, DATA_SETS.ring.spots, hills)).toMatchObject({ spread: 0, reward: 1 });
  expect(measure(Float32Array.of(1, 0, -1, 0), [], hills)).toMatchObject({ spread: 1, onData: 0 });
  const density = densityOf(one, 30, REACH);
  const most = density.indexOf(Math.max(...density));
  // The point (1, 1) lies between columns 19 and 20 and, from the top, rows 9 and 10.
  expect([19, 20]).toContain(most % 30);
  expect([9, 10]).toContain(Math.floor(most / 30));
});

test('AdamW on the host makes the updates of torch', () => {
  const parameters = Object.fromEntries(golden.initial.map((part, i) => [String(i), Float64Array.from(part)]));
  const optimizer = new HostAdamW(parameters);
  for (const [i, update] of golden.updates.entries()) {
    const norm = optimizer.step(Object.fromEntries(update.gradients.entries()), { ...update, step: i + 1 });
    expect(Math.abs(norm / update.norm - 1)).toBeLessThan(1e-6);
    update.parameters.forEach((part, at) => {
      expect(relativeL2(parameters[at], part), `update ${i + 1}`).toBeLessThan(1e-6);
    });
  }
});

test('a gradient that is not finite changes nothing', () => {
  const parameters = { a: Float64Array.of(1, 2) };
  const optimizer = new HostAdamW(parameters);
  const settings = { learningRate: 0.1, weightDecay: 0.1, clipNorm: 1, step: 1 };
  expect(optimizer.step({ a: [Number.NaN, 1] }, settings)).toBeNaN();
  expect([...parameters.a]).toEqual([1, 2]);
});
