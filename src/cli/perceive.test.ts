/** @file `studio perceive`: what it prints on nano, whose reward sees nothing, and wrong input. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { separation } from '../evaluate/measures/separation';
import { dirSource } from '../formats/dir-source';
import { parsePerception } from '../formats/perception';
import { bundleHash, openBundle } from '../models/bundle';
import { perceive } from './perceive';
import * as terminal from './terminal';
import { damagedNano, NANO, ownCache, put, runVerb, temporaryFolder } from './testing/harness';

process.env.XDG_CACHE_HOME = ownCache();
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const size = ['--pictures', '4', '--steps', '1'];

it('prints area and margin of every word, and a warning for a weak one with the words of the bundle tried', async () => {
  // Words of styles, of which random weights see none.
  const bundle = damagedNano(join(temporary, 'styled'), (file) => {
    cpSync('public/bundles/mini-flux/judge/labels.json', file('judge/labels.json'), { recursive: true });
    put(file('bundle.json'), { ...JSON.parse(readFileSync(file('bundle.json'), 'utf8')), judge: 'judge' });
  });
  const said: string[] = [];
  const spy = vi.spyOn(terminal, 'message').mockImplementation((line) => void said.push(line));
  const words = ['--word', '3d render', 'pencil sketch', '--against', 'neon sign'];
  const { code, stdout, error } = await runVerb(perceive, ['--bundle', bundle, '--reward', 'clip', ...words, ...size]);
  spy.mockRestore();
  expect({ code, error }).toEqual({ code: 0, error: undefined });
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^word +area under the curve +margin in spreads$/);
  const rows = lines.slice(1).map((line) => /^(.*?) +(\d\.\d{3}) +(-?\d+\.\d\d|–)$/.exec(line)!);
  expect(rows.map(([, word]) => word)).toEqual(['3d render', 'pencil sketch']);
  const weak = rows.filter(([, , area]) => Number(area) < 0.75);
  expect(said.filter((line) => line.startsWith('Reward clip hardly sees'))).toHaveLength(weak.length);
});

it('writes the scores from which what it prints follows, once', async () => {
  const out = join(temporary, 'perception.json');
  const args = ['--bundle', NANO, '--reward', 'clip', '--word', '3d render', '--out', out, ...size];
  const { code, stdout } = await runVerb(perceive, args);
  expect(code).toBe(0);
  const file = parsePerception(JSON.parse(readFileSync(out, 'utf8')), out);
  expect(file).toMatchObject({ base: await bundleHash(await openBundle(dirSource(NANO))), steps: 1, guidance: 3.5 });
  expect(file.things).toHaveLength(4);
  const { words, stronger } = file.rewards.clip;
  const { area } = separation(words['3d render'].with, words['3d render'].without);
  expect(stdout).toContain(`3d render  ${area.toFixed(3)}`);
  // nano names no styles, of which one could be stronger.
  expect(stronger).toEqual(area < 0.75 ? { '3d render': null } : {});
  const again = await runVerb(perceive, args);
  expect(again.error).toMatch(/perception\.json exists: choose another name, or give --force/);
});

it.each<[string, string[], RegExp]>([
  ['no reward', ['--word', 'a'], /needs --reward NAME/],
  ['no word', ['--reward', 'clip'], /needs --word WORD/],
  ['an empty word', ['--reward', 'clip', '--word', ' '], /take no empty word/],
  [
    'a word against itself',
    ['--reward', 'clip', '--word', 'a', '--against', 'a'],
    /"a" is given to --word and to --against/,
  ],
  [
    'a file and words to tell from',
    ['--out', 'x', '--reward', 'clip', '--word', 'a', '--against', 'b'],
    /exclude each other/,
  ],
  ['a bundle that names no control words', ['--out', join(temporary, 'x')], /names no control words/],
  ['a reward that reads no text', ['--reward', 'aesthetic', '--word', 'a'], /Reward "aesthetic" reads no text/],
  ['a reward that is not there', ['--reward', 'x', '--word', 'a'], /Unknown reward "x"/],
])('%s is one sentence', async (_, args, sentence) => {
  const { code, stdout, error } = await runVerb(perceive, ['--bundle', NANO, ...args]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(error).toMatch(sentence);
});
