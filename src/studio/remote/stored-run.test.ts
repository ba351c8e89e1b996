import { expect, test } from 'vitest';
import { createRun } from '../../storage/snapshots';
import { testRun, testSnapshot } from '../../storage/testing';
import { getState } from '../state/store';
import { openStoredRun } from './stored-run';

test('a stored run opens with the words in force, not with those it began with', async () => {
  const wordChanges = [
    { step: 1, positive: ['pixel art'], negative: ['flat design'] },
    { step: 3, positive: ['pixel art'], negative: ['sepia'] },
  ];
  await createRun(testRun('changed', { step: 4, wordChanges }), testSnapshot('changed', 4));
  const view = await openStoredRun('changed');
  expect(view.wordChanges).toEqual(wordChanges);
  expect(getState().fields).toMatchObject({ positive: ['pixel art'], negative: ['sepia'], prompts: ['cat'] });
});
