import { expect, test } from 'vitest';
import { defaultFields } from '../state/fields';
import type { StudioState } from '../state/store';
import { refusedLesson, refusedSentence, replacedReward, stepSentence } from './link-notice';

test('parts that were left out are named, a few of them, in one short sentence', async () => {
  expect(refusedSentence([])).toBeNull();
  expect(refusedSentence(['steps=many'])).toMatch(/cannot be used here: steps=many\. /);
  const long = refusedSentence(Array.from({ length: 9 }, (_, i) => `x${i}=${'y'.repeat(500)}`))!;
  expect(long.length).toBeLessThan(300);
  expect(long).toContain('and 5 more');
  expect(await refusedLesson({ lesson: 'nothing' })).toEqual(['lesson=nothing']);
  expect(await refusedLesson({ lesson: '' })).toEqual([]);
});

const state = (changes: Partial<StudioState>) =>
  ({ fields: { ...defaultFields(), cursorStep: 71 }, live: null, recording: { step: 40 }, ...changes }) as StudioState;

test('a step beyond the recorded run, a reward that the base has not', () => {
  expect(stepSentence(state({}))).toMatch(/step 71; .* has 40/);
  expect(stepSentence(state({ recording: { step: 80 } as never }))).toBeNull();
  expect(stepSentence(state({ live: { step: 1 } as never }))).toBeNull();
  const bundle = { name: 'mini', rewards: ['clip'] } as never;
  expect(replacedReward(state({ bundle }))).toBeNull();
  const fields = { ...defaultFields(), reward: { clip: 1, magic: 2 } };
  expect(replacedReward(state({ bundle, fields }))).toEqual({
    reward: 'clip',
    sentence: 'mini has no reward called “magic”: “clip” is in use instead.',
  });
});
