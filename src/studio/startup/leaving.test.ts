import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { type RunView, startingView } from '../state/run-view';
import { isInterrupted } from './leaving';

const view = (changes: Partial<RunView>) => ({
  live: { ...startingView('a', parseRunFile({ version: 1, prompts: ['cat'] }), 'cat'), ...changes },
});

test('leaving is asked about while a run trains, and where one would be lost', () => {
  expect(isInterrupted({ ...view({ state: 'running' }), keepsRecords: true })).toBe(true);
  expect(isInterrupted({ ...view({ state: 'paused', step: 3 }), keepsRecords: true })).toBe(false);
  expect(isInterrupted({ ...view({ state: 'finished', step: 3 }), keepsRecords: false })).toBe(true);
  expect(isInterrupted({ ...view({ source: 'stored', state: 'paused', step: 3 }), keepsRecords: true })).toBe(false);
  expect(isInterrupted({ live: null, keepsRecords: false })).toBe(false);
});
