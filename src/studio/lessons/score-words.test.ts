import { expect, test } from 'vitest';
import { scoresOf } from './score-words';

const data = {
  words: ['a', 'b', 'c'],
  scores: {
    clip: [
      [500, 100, 200],
      [100, 300, 200],
    ],
  },
};
const by = (more: string[], less: string[], kappa = 0) => scoresOf(data, { reward: 'clip', more, less, kappa });

test('the relative reward of means over words, κ on the wanted ones', () => {
  expect(by(['a'], [])).toEqual([0.5, 0.1]);
  expect(by(['a', 'b'], ['c'])).toEqual([expect.closeTo(0.1), expect.closeTo(0)]);
  expect(by(['a'], ['b'], 0.5)).toEqual([expect.closeTo(0.65), expect.closeTo(-0.15)]);
  expect(by(['unknown'], [])).toEqual([0, 0]);
});
