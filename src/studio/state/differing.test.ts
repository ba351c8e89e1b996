import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import { differing } from './differing';
import { defaultFields } from './fields';

test('settings that differ are called as on the page; length and samples do not count', () => {
  const fields = defaultFields();
  expect(differing(PRESET, fields)).toEqual([]);
  expect(differing(PRESET, { ...fields, steps: 3, stop: null, sampleEvery: 2, cursorColumn: 5 })).toEqual([]);
  expect(differing(PRESET, { ...fields, positive: ['pixel art'], sigmaMin: 0.1 })).toEqual([
    'More of',
    'Trained from σ',
  ]);
});
