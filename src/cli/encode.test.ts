/**
 * @file `encode` against the encoder itself: a base that has the file in place of its text encoder draws and trains the same.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseSafetensors } from '../formats/safetensors';
import { encode } from './encode';
import { generate } from './generate';
import { NANO, ownCache, runVerb, SMALL_RUN, temporaryFolder } from './testing/harness';

process.env.XDG_CACHE_HOME = ownCache();
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (name: string) => join(temporary, name);

it('encode writes every text of a run, and a base without an encoder draws by it what the encoder gives', async () => {
  const run = { ...SMALL_RUN, prompts: ['owl', 'fox'], samples: { every: 2, prompts: ['tent'], seed: 1 } };
  writeFileSync(at('run.json'), JSON.stringify(run));
  const file = at('embeddings.safetensors');
  const args = ['--run', at('run.json'), '--out', file, '--bundle', NANO];
  const ended = await runVerb(encode, [...args, '--prompt', 'cat face']);
  expect(ended.error).toBeUndefined();
  const { tensors, metadata } = parseSafetensors(readFileSync(file), file);
  const prompts: string[] = JSON.parse(metadata.prompts);
  expect(prompts.slice(0, 3)).toEqual(['owl', 'fox', 'tent']);
  expect(prompts).toEqual(expect.arrayContaining(['3d render. owl', '3d render. tent', 'cat face']));
  expect(tensors.get(`tokens.${prompts.length - 1}`)!.shape.length).toBe(2);
  expect((await runVerb(encode, args)).error).toContain('--force');

  const base = at('nano');
  const without = ['tokenizer', 'text_encoder'].map((folder) => join(NANO, folder));
  cpSync(NANO, base, { recursive: true, filter: (path) => !without.some((folder) => path.startsWith(folder)) });
  const bundle = JSON.parse(readFileSync(join(base, 'bundle.json'), 'utf8'));
  for (const name of Object.keys(bundle.files ?? {}))
    if (/^(tokenizer|text_encoder)\//.test(name)) delete bundle.files[name];
  writeFileSync(join(base, 'bundle.json'), JSON.stringify(bundle));
  cpSync(file, join(base, 'embeddings.safetensors'));
  const draw = async (bundle: string, out: string, prompt: string) =>
    runVerb(generate, ['--prompt', prompt, '--out', at(out), '--steps', '2', '--bundle', bundle]);
  expect((await draw(NANO, 'encoder', 'owl')).code).toBe(0);
  expect((await draw(base, 'encoded', 'owl')).code).toBe(0);
  const latents = (out: string) => readFileSync(join(at(out), 'latents.safetensors'));
  expect(latents('encoded')).toEqual(latents('encoder'));
  expect((await draw(base, 'unknown', 'bell')).error).toContain('no embedding of "bell"');
});

it('encode says what it needs', async () => {
  expect((await runVerb(encode, ['--out', at('a.safetensors')])).error).toBe(
    'encode needs --run FILE or --prompt TEXT.',
  );
  expect((await runVerb(encode, ['--prompt', 'owl'])).error).toBe('encode needs --out FILE.');
});
