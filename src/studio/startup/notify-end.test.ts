import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { openBallot } from '../state/ballot';
import { defaultFields } from '../state/fields';
import { startingView } from '../state/run-view';
import { newsOf } from './notify-end';

const live = { ...startingView('a', parseRunFile({ version: 1, prompts: ['cat'], steps: 3 }), 'cat'), step: 3 };
const running = { live: { ...live, state: 'running' as const }, ballot: null };
const ballot = openBallot({ runId: 'a', step: 2, group: 2, prompts: ['cat'], pictures: [] });
const fields = { ...defaultFields(), notifyWhenDone: true };

test('the end and a pause are told where that is asked for, the beginning is not', () => {
  expect(newsOf({ live: { ...live, state: 'finished' }, ballot: null, fields }, running)).toBe(
    'Training has finished: “cat”, 3 steps.',
  );
  expect(newsOf({ live: { ...live, state: 'paused' }, ballot: null, fields }, running)).toBe('Paused at step 3 of 3.');
  expect(newsOf({ ...running, fields }, { live, ballot: null })).toBeNull();
  expect(newsOf({ live: { ...live, state: 'finished' }, ballot, fields: defaultFields() }, running)).toBeNull();
  expect(newsOf({ ...running, ballot, fields }, running)).toBe('The pictures of update 2 wait for your votes.');
  expect(newsOf({ ...running, ballot: { ...ballot, sent: true }, fields }, { ...running, ballot })).toBeNull();
});
