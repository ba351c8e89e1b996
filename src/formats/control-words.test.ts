import { expect, test } from 'vitest';
import { parseRunFile } from '../methods/run-file';
import { runWithHistory, runWithWords, withoutHistory, wordHistory, wordsInForce } from './control-words';

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

test('the history of a run goes into its run file and comes out of it', () => {
  const file = runWithHistory(run, changes);
  expect(file.wordHistory).toEqual([{ step: 0, positive: ['sketch'], negative: ['neon'] }, ...changes]);
  expect(parseRunFile(JSON.stringify(file))).toEqual(file);
  expect(file.reward).toMatchObject({ positive: ['3d render'], negative: ['sepia'] });
  expect(withoutHistory(file)).toEqual({ run, changes });
  expect(runWithHistory(run, [])).toBe(run);
  expect(withoutHistory(run)).toEqual({ run, changes: [] });
});

test('words changed before the first update, and twice at one step: the last ones count', () => {
  const early = [
    { step: 0, positive: ['a'], negative: ['b'] },
    { step: 3, positive: ['c'], negative: ['b'] },
    { step: 3, positive: ['d'], negative: ['b'] },
  ];
  expect(wordHistory(run, early).map(({ step, positive }) => [step, positive[0]])).toEqual([
    [0, 'a'],
    [3, 'd'],
  ]);
});

test.each([
  [[{ step: 2, positive: ['sketch'], negative: ['neon'] }], '"wordHistory.0.step" is 2, expected 0.'],
  [[], '"wordHistory.0.step" is missing, expected 0.'],
  [
    [changes[0], { ...changes[0], step: 0 }].map((words, i) => (i === 0 ? { ...words, step: 0 } : words)),
    '"wordHistory.1.step" is 0, expected more than 0.',
  ],
  [
    [{ step: 0, positive: ['photo'], negative: ['neon'] }],
    '"wordHistory" ends with other words than "reward.positive"',
  ],
])('a history that is none is refused: %j', (history, sentence) => {
  expect(() => parseRunFile({ ...run, wordHistory: history })).toThrow(sentence);
});
