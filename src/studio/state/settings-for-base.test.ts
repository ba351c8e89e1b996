import { expect, test } from 'vitest';
import type { BundleInfo } from '../../formats/infos';
import { defaultFields } from './fields';
import { settingsForBase } from './settings-for-base';

const flux = { name: 'my-flux', rewards: ['pickscore'], targets: ['attn.to_q', 'attn.to_out.0'] } as BundleInfo;
const fields = defaultFields();

test('what the presets have becomes what a base of another kind begins with', () => {
  expect(settingsForBase(flux, fields)).toEqual({
    changes: { reward: 'pickscore', targets: flux.targets, batch: 1, learningRate: 1e-4 },
    words: 'reward “pickscore”, targets attn.to_q, attn.to_out.0, one picture a step, learning rate 0.0001',
  });
  // A step of GRPO is a whole group.
  const { changes, words } = settingsForBase(flux, { ...fields, method: 'grpo' });
  expect([changes.batch, words]).toEqual([8, expect.stringContaining('8 pictures a step')]);
});

test('what the user has changed stays, a reward that is not there apart', () => {
  const own = { ...fields, reward: { clip: 1, pickscore: 1 }, batch: 2, learningRate: 3e-4, targets: ['to_q'] };
  expect(settingsForBase(flux, own)).toEqual({ changes: { reward: 'pickscore' }, words: 'reward “pickscore”' });
  expect(settingsForBase(flux, { ...own, reward: 'pickscore' })).toEqual({ changes: {}, words: '' });
  expect(settingsForBase({ ...flux, rewards: [] }, own).changes).toEqual({ reward: 'person' });
});

test('the site’s own base, dropped as files, keeps its presets', () => {
  expect(settingsForBase({ ...flux, name: 'mini-flux', rewards: ['clip'] }, fields).changes).toEqual({});
});
