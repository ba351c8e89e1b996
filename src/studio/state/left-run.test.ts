import { expect, test } from 'vitest';
import { parseRunFile } from '../../methods/run-file';
import { leaveRun, repeatedRun } from './left-run';
import { fieldsOfRun } from './run-of-fields';
import { startingView } from './run-view';
import { getState, setFields, useStudio } from './store';

const run = parseRunFile({ version: 1, prompts: ['cat'], seed: 3 });

test('the settings of a run that was left are named as its own until one changes that counts', () => {
  setFields(fieldsOfRun(run));
  useStudio.setState({ live: { ...startingView('id', run, 'my cat'), state: 'finished' } });
  expect(repeatedRun(getState())).toBeNull();
  leaveRun();
  expect(repeatedRun(getState())).toBe('my cat');
  setFields({ steps: 99, sampleEvery: 3 });
  expect(repeatedRun(getState())).toBe('my cat');
  setFields({ seed: 4 });
  expect(repeatedRun(getState())).toBeNull();
});

test('a run whose words were changed while it trained is repeated by no settings', () => {
  setFields(fieldsOfRun(run));
  const wordChanges = [{ step: 2, positive: ['sketch'], negative: ['photo'] }];
  useStudio.setState({ live: { ...startingView('id', run, 'my cat'), state: 'finished', wordChanges } });
  leaveRun();
  expect(repeatedRun(getState())).toBeNull();
});
