/** @file A link reopens the laboratory as it was. */
import { expect, test } from 'vitest';
import { defaultFields } from './fields';
import { readLink, readPermalink, writePermalink } from './permalink';

test('data, hills, methods, level and layers of the laboratory are in a link of Learn, and in no other', () => {
  const fields = {
    ...defaultFields(),
    place: 'learn' as const,
    lab: true,
    labData: '120,-35;0,0',
    labSeed: 5,
    labMethod: 'grpo',
    labOptions: { group: 4 },
    labSecond: 'draft',
    labSecondOptions: { k: 2 },
    labRate: 0.01,
    labWanted: [0.5, -1.25] as [number, number],
    labUnwanted: null,
    labPoint: [1, 1] as [number, number],
    labSigma: 0.4,
    labShows: ['samples', 'field'],
    labSpeed: 'fast' as const,
  };
  expect(readPermalink(writePermalink(fields))).toEqual(fields);
  expect(writePermalink({ ...fields, place: 'align' })).toBe('#align');
});

test('what is no data, method or place of the plane is left out by name', () => {
  const { fields, refused } = readLink(
    '#learn?lab=1&labdata=toString&labmethod=magic&labwanted=9,0&labsigma=2&labunwanted=0.5,1',
  );
  expect(refused).toEqual(['labdata=toString', 'labmethod=magic', 'labwanted=9,0', 'labsigma=2']);
  expect(fields).toEqual({ ...defaultFields(), place: 'learn', lab: true, labUnwanted: [0.5, 1] });
});
