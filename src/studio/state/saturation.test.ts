import { expect, test } from 'vitest';
import { bandsOf, saturationNow } from './saturation';

const styles = [['3d render', 'glossy 3d render'], ['neon sign']];
const saturations = [
  { p5: 0.04, p95: 0.28 },
  { p5: 0.4, p95: 0.8 },
];
const band = saturations[0];

test('bands are those of the styles that the words mean, none where they mean none or nothing was measured', () => {
  expect(bandsOf(['Glossy 3D render'], { styles, saturations })).toEqual([band]);
  expect(bandsOf(['neon sign', '3d render'], { styles, saturations })).toEqual(saturations);
  expect(bandsOf(['oil painting'], { styles, saturations })).toEqual([]);
  expect(bandsOf(['3d render'], { styles, saturations: [] })).toEqual([]);
});

test('nothing is said without real pictures, nor outside of them before there are updates enough', () => {
  expect(saturationNow([0.9], [])).toEqual({ now: 0.9, band: null, verdict: 'none' });
  expect(saturationNow([0.5, 0.9], [band])).toEqual({ now: 0.7, band, verdict: 'early' });
  expect(saturationNow([0.2], [band]).verdict).toBe('inside');
});

test('it alarms where the last updates lie further outside than the first', () => {
  const base = [0.4, 0.5, 0.4, 0.5];
  expect(saturationNow([...base, 0.4, 0.5, 0.4, 0.5], [band]).verdict).toBe('as-at-the-start');
  // One vivid update is no alarm.
  expect(saturationNow([...base, 0.3, 0.3, 0.3, 0.7], [band]).verdict).toBe('as-at-the-start');
  expect(saturationNow([...base, 0.6, 0.7, 0.6, 0.7], [band]).verdict).toBe('above');
  // What is shown is what the verdict is about, though the last update alone lies inside.
  const { now, verdict } = saturationNow([0.2, 0.2, 0.2, 0.2, 0.5, 0.5, 0.5, 0.2], [band]);
  expect([now.toFixed(3), verdict]).toEqual(['0.425', 'above']);
  expect(saturationNow([0.2, 0.2, 0.2, 0.2, 0, 0, 0.01, 0], [band]).verdict).toBe('below');
  // Of several wanted styles the nearest counts.
  expect(saturationNow([...base, 0.6, 0.7, 0.6, 0.7], saturations)).toMatchObject({
    band: saturations[1],
    verdict: 'inside',
  });
});
