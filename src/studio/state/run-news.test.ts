import { expect, test } from 'vitest';
import { announcement, storedState, titleOf } from './run-news';
import type { RunView } from './run-view';

const view = (changes: Partial<RunView>) =>
  ({ source: 'live', runId: 'a', name: 'cat', state: 'running', step: 12, steps: 40, ...changes }) as RunView;

test('the title of the tab begins with the progress', () => {
  expect(titleOf('Align', null)).toBe('Align · Direct-Align Studio');
  expect(titleOf('Library', view({}))).toBe('12 of 40 · Library · Direct-Align Studio');
  expect(titleOf('Learn', view({}), true)).toMatch(/^Vote · 12 of 40 · Learn · /);
  expect(titleOf('Align', view({ state: 'paused' }))).toMatch(/^Paused at 12 of 40 · /);
  expect(titleOf('Align', view({ state: 'finished' }))).toMatch(/^Finished · /);
  expect(titleOf('Align', view({ source: 'stored', state: 'finished' }))).toBe('Align · Direct-Align Studio');
});

test('the end of a run is announced once, steps are not', () => {
  const running = view({});
  expect(announcement(view({ state: 'finished', step: 40 }), running)).toBe('Training has finished: “cat”, 40 steps.');
  expect(announcement(view({ step: 13 }), running)).toBeNull();
  expect(announcement(view({ state: 'paused' }), running)).toBe('Paused at step 12 of 40.');
  expect(announcement(running, view({ state: 'starting' }))).toBe('Training, step 12 of 40.');
  expect(announcement(view({ runId: 'b', state: 'finished' }), running)).toBeNull();
  expect(announcement(view({ source: 'stored', state: 'finished' }), view({ source: 'stored' }))).toBeNull();
});

test('a run that trains is not called paused, nor one that another tab has', () => {
  const run = { id: 'a', state: 'paused' as const };
  expect(storedState(run, null, false)).toBe('paused');
  expect(storedState(run, view({}), true)).toBe('training now');
  expect(storedState(run, view({ state: 'paused' }), true)).toBe('paused');
  expect(storedState(run, view({ runId: 'b' }), true)).toBe('open in another tab');
  expect(storedState({ id: 'a', state: 'finished' }, null, false)).toBe('finished');
});
