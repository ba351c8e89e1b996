import { expect, test } from 'vitest';
import { parseRunFile } from '../methods/run-file';
import { runWithWords, wordsInForce } from './control-words';

const run = parseRunFile({ version: 1, prompts: ['cat'], reward: { positive: ['sketch'], negative: ['neon'] } });
const changes = [
  { step: 2, positive: ['3d render'], negative: ['neon'] },
  { step: 5, positive: ['3d render'], negative: ['sepia'] },
];

test('words count from the update after their change, the last ones at the end', () => {
  expect(wordsInForce(run, [])).toEqual({ positive: ['sketch'], negative: ['neon'] });
  expect([0, 2, 4, 5].map((step) => wordsInForce(run, changes, step).negative[0])).toEqual([
    'neon',
    'neon',
    'neon',
    'sepia',
  ]);
  expect(wordsInForce(run, changes, 1).positive).toEqual(['sketch']);
  expect(wordsInForce(run, changes)).toEqual({ positive: ['3d render'], negative: ['sepia'] });
});

test('a run file with the words in force keeps all else', () => {
  const now = runWithWords(run, changes);
  expect(now.reward).toEqual({ ...run.reward, positive: ['3d render'], negative: ['sepia'] });
  expect({ ...now, reward: run.reward }).toEqual(run);
});
