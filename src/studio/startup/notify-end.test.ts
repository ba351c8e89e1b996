import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { defaultFields } from '../state/fields';
import { startingView } from '../state/run-view';
import { newsOf } from './notify-end';

const live = { ...startingView('a', parseRunFile({ version: 1, prompts: ['cat'], steps: 3 }), 'cat'), step: 3 };
const running = { live: { ...live, state: 'running' as const } };
const fields = { ...defaultFields(), notifyWhenDone: true };

test('the end and a pause are told where that is asked for, the beginning is not', () => {
  expect(newsOf({ live: { ...live, state: 'finished' }, fields }, running)).toBe(
    'Training has finished: “cat”, 3 steps.',
  );
  expect(newsOf({ live: { ...live, state: 'paused' }, fields }, running)).toBe('Paused at step 3 of 3.');
  expect(newsOf({ ...running, fields }, { live })).toBeNull();
  expect(newsOf({ live: { ...live, state: 'finished' }, fields: defaultFields() }, running)).toBeNull();
});
