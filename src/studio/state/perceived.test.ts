import { expect, test } from 'vitest';
import type { PerceptionFile } from '../../formats/perception';
import { readsWords, seenBy, withChecked } from './perceived';

const strong = { with: [3, 4], without: [1, 2] };
const weak = { with: [1, 3], without: [2, 2] };
const file: PerceptionFile = {
  version: 1,
  base: 'ab',
  device: 'an adapter',
  things: ['cat face', 'tent'],
  steps: 8,
  guidance: 3.5,
  rewards: {
    clip: {
      words: {
        '3d render': strong,
        sketch: weak,
        'pencil sketch': strong,
        'pencil sketch, sketch': strong,
        grim: weak,
      },
      stronger: { sketch: 'pencil sketch', grim: null },
    },
    preference: { words: { '3d render': { with: [-30, -40], without: [0, 0] }, sketch: strong }, stronger: {} },
  },
};

test('a word is looked up as it is written in the bundle, and one without numbers is not known', () => {
  expect(seenBy('clip', ' 3D render', file, null)).toMatchObject({
    ...{ area: 1, weak: false, stronger: null, here: false },
    ...{ pictures: 2, steps: 8, device: 'an adapter' },
  });
  expect(seenBy('clip', 'oil painting', file, null)).toBeNull();
  expect(seenBy('clip', '3d render', null, null)).toBeNull();
  expect(seenBy('person', '3d render', file, null)).toBeNull();
  expect(seenBy('aesthetic', '3d render', file, null)).toBeNull();
});

test('a weak word has the stronger one that the file names, with the pair of both', () => {
  expect(seenBy('clip', 'sketch', file, null)).toMatchObject({
    ...{ area: 0.5, weak: true },
    stronger: { word: 'pencil sketch', area: 1, pair: 'pencil sketch, sketch', pairArea: 1 },
  });
  expect(seenBy('clip', 'grim', file, null)).toMatchObject({ weak: true, stronger: null });
});

test('a mixture is seen by the weighted sum of its scores, a reward without words changing nothing', () => {
  expect(seenBy({ clip: 1, preference: 0.01 }, '3d render', file, null)?.area).toBe(1);
  expect(seenBy({ clip: 1, preference: 1 }, '3d render', file, null)?.area).toBe(0);
  expect(seenBy({ clip: 1, aesthetic: 5 }, '3d render', file, null)?.area).toBe(1);
  // Of a reward that has not looked at the word nothing follows.
  expect(seenBy({ clip: 1, preference: 1 }, 'grim', file, null)).toBeNull();
  expect(readsWords('aesthetic', file)).toBe(false);
  expect(readsWords({ clip: 1, aesthetic: 5 }, file)).toBe(true);
  expect(readsWords('clip', null)).toBe(true);
});

test('what is checked here is added, the pictures being the same, and taken where the bundle says nothing', () => {
  const checked = (words: PerceptionFile['rewards'][string]['words'], device = 'here'): PerceptionFile => ({
    ...file,
    ...{ device, rewards: { clip: { words, stronger: { oil: 'pencil sketch' } } } },
  });
  const first = withChecked(null, checked({ oil: weak, 'pencil sketch, oil': weak }));
  expect(seenBy('clip', 'oil', file, first)).toMatchObject({
    ...{ here: true, device: 'here', weak: true },
    // The strong word's own number is the bundle's.
    stronger: { word: 'pencil sketch', area: 1, pairArea: 0.5 },
  });
  const both = withChecked(first, checked({ etching: strong }));
  expect(Object.keys(both.rewards.clip.words)).toEqual(['oil', 'pencil sketch, oil', 'etching']);
  expect(withChecked(first, checked({ etching: strong }, 'another')).rewards.clip.words).toEqual({ etching: strong });
});
