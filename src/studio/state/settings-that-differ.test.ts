import { expect, test } from 'vitest';
import { PRESET } from '../../align/preset';
import { parseRunFile } from '../../methods/run-file';
import { settingsThatDiffer } from './settings-that-differ';

const table = (...runs: Parameters<typeof settingsThatDiffer>[0]) =>
  Object.fromEntries(settingsThatDiffer(runs).map(({ label, values }) => [label, values]));

test('only settings that differ are rows, called and written as on the page', () => {
  expect(settingsThatDiffer([PRESET, structuredClone(PRESET)])).toEqual([]);
  const other = { ...PRESET, seed: 8, reward: { ...PRESET.reward, positive: ['pixel art', 'icon'] } };
  expect(table(PRESET, other, PRESET)).toEqual({
    Seed: [String(PRESET.seed), '8', String(PRESET.seed)],
    'More of': [PRESET.reward.positive.join(', '), 'pixel art, icon', PRESET.reward.positive.join(', ')],
  });
});

test('of another method its options are rows too, and a long list is cut but compared to its end', () => {
  const of = (method: string, more: object = {}) => parseRunFile({ version: 1, prompts: ['cat'], method, ...more });
  const rows = table(of('srpo'), of('draft', { options: { k: 2 } }));
  expect(rows.Method).toEqual(['SRPO', 'DRaFT']);
  const [label, values] = Object.entries(rows).find(([, [, draft]]) => draft === '2')!;
  expect(label).not.toBe('');
  expect(values).toEqual(['–', '2']);
  const words = Array.from({ length: 80 }, (_, i) => `word ${i}`);
  const prompts = table(
    of('srpo', { prompts: words }),
    of('srpo', { prompts: [...words.slice(0, 79), 'end'] }),
  ).Prompts;
  expect(prompts[0]).toMatch(/^word 0, .*word 7 and 72 more$/);
});
