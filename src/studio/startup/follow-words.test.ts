import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { defaultFields } from '../state/fields';
import { fieldsOfRun } from '../state/run-of-fields';
import { type RunView, startingView } from '../state/run-view';
import { wordsToSend } from './follow-words';

const run = parseRunFile({ version: 1, prompts: ['cat'], reward: { positive: ['sketch'], negative: ['neon'] } });
const fields = { ...defaultFields(), ...fieldsOfRun(run) };
const view = (changes: Partial<RunView>): RunView => ({
  ...startingView('id', run, 'name'),
  state: 'running',
  ...changes,
});

test('the trainer is given the chips’ words where they differ from those in force', () => {
  const live = view({ wordChanges: [{ step: 3, positive: ['sketch'], negative: ['sepia'] }] });
  expect(wordsToSend({ wordsPending: null, live, fields: { ...fields, negative: ['sepia'] } })).toBeNull();
  expect(wordsToSend({ wordsPending: null, live, fields })).toEqual({ positive: ['sketch'], negative: ['neon'] });
  expect(wordsToSend({ wordsPending: null, live: view({}), fields })).toBeNull();
});

test('words on their way are not given twice; those that came too late are given when the run goes on', () => {
  const changed = { ...fields, negative: ['sepia'] };
  const wordsPending = { positive: ['sketch'], negative: ['sepia'] };
  expect(wordsToSend({ wordsPending, live: view({}), fields: changed })).toBeNull();
  expect(wordsToSend({ wordsPending: null, live: view({ state: 'finished' }), fields: changed })).toBeNull();
  expect(wordsToSend({ wordsPending: null, live: view({}), fields: changed })).toEqual(wordsPending);
});

test('a run that cannot take words is given none', () => {
  const changed = { ...fields, negative: ['sepia'] };
  for (const state of ['starting', 'stopped', 'finished'] as const) {
    expect(wordsToSend({ wordsPending: null, live: view({ state }), fields: changed })).toBeNull();
  }
  expect(
    wordsToSend({ wordsPending: null, live: view({ source: 'stored', state: 'paused' }), fields: changed }),
  ).toBeNull();
  expect(wordsToSend({ wordsPending: null, live: view({}), fields: { ...fields, negative: [] } })).toBeNull();
  expect(wordsToSend({ wordsPending: null, live: null, fields: changed })).toBeNull();
});
