import { expect, test } from 'vitest';
import { rewardRow, textOf } from './reward-form';

const words = { positive: '3d render', negative: 'sketch' };

test('relative weighs wanted words by 1 + κ against unwanted ones, which change places where swapped', () => {
  expect(rewardRow('relative', 'cat', words, 0.25)).toEqual({
    prompt: 'cat',
    texts: [
      { weight: 1.25, word: '3d render' },
      { weight: -1, word: 'sketch' },
    ],
    wordless: 1.25,
  });
  expect(rewardRow('relative', 'cat', words, 0.25, true)).toEqual({
    prompt: 'cat',
    texts: [
      { weight: 1.25, word: 'sketch' },
      { weight: -1, word: '3d render' },
    ],
    wordless: -1,
  });
});

test('positive and prompt score one text, whatever κ is', () => {
  expect(rewardRow('positive', 'cat', words, 0.25).texts).toEqual([{ weight: 1, word: '3d render' }]);
  expect(rewardRow('prompt', 'cat', words, 0.25).texts).toEqual([{ weight: 1, word: null }]);
  expect(rewardRow('prompt', 'cat', words, 0.25).wordless).toBe(1);
  expect([textOf('cat', '3d render'), textOf('cat', null)]).toEqual(['3d render. cat', 'cat']);
});
