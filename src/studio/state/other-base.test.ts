import { expect, test } from 'vitest';
import type { BundleInfo } from '../../worker/protocol';
import { ACTIONS } from '../actions';
import { defaultFields } from './fields';
import { otherBase, otherBaseOf } from './other-base';
import { runOfFields } from './run-of-fields';
import { type RunView, startingView } from './run-view';
import { type StudioState, useStudio } from './store';

const VERSION_1 = '59eab2c3e08708f2b6c3a23a5cb1eafd2ad7ca2ae1c20a5d2ebfc25678ce829b';
const bundle = { name: 'mini-flux', version: 2, hash: 'ab'.repeat(32) } as BundleInfo;

const stored = (baseHash: string, state: RunView['state']): StudioState => ({
  ...useStudio.getState(),
  capability: { kind: 'ready' } as StudioState['capability'],
  bundle,
  live: { ...startingView('id', runOfFields(defaultFields()), 'cat'), source: 'stored', state, step: 3, baseHash },
});
const enabled = (state: StudioState) => ACTIONS.filter((action) => action.enabled(state)).map(({ id }) => id);

test('a run of version 1 says so in one sentence, with what still works', () => {
  const sentence = otherBase('cat', VERSION_1, bundle);
  expect(sentence).toMatch(/^“cat” was trained on mini-flux version 1, this is mini-flux version 2: /);
  expect(sentence).toMatch(
    /Look at its pictures and numbers, export its LoRA, or set up a new run with its settings\.$/,
  );
  expect(otherBase('cat', bundle.hash, bundle)).toBeNull();
  expect(otherBase('cat', VERSION_1, null)).toBeNull();
});

test.each(['paused', 'stopped', 'finished'] as const)('a %s run of version 1 is not trained further', (state) => {
  const old = stored(VERSION_1, state);
  expect(otherBaseOf(old)).not.toBeNull();
  expect(enabled(old)).not.toContain('continue');
  expect(enabled(old)).not.toContain('extend');
  for (const id of ['export-safetensors', 'export-peft', 'new-run']) expect(enabled(old)).toContain(id);
  const own = stored(bundle.hash, state);
  expect(otherBaseOf(own)).toBeNull();
  expect(enabled(own)).toContain('extend');
});
