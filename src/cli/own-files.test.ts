/** @file Bases as people have them: nano's transformer as one file of the original's names, as GGUF, and with prompts encoded before. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openForTest } from '../align/testing';
import { loraExport, prepareRun } from '../align/trainer';
import { relativeL2 } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors, writeSafetensors } from '../formats/safetensors';
import { writeLora } from '../lora/write';
import { parseRunFile } from '../methods/run-file';
import { bflFile, ggufFile } from '../models/testing';
import { align } from './align';
import { generate } from './generate';
import { info } from './info';
import { probe } from './probe';
import { NANO, ownCache, put, runVerb, SMALL_RUN, temporaryFolder } from './testing/harness';

// Nothing here is about the choice of kernels, and many of these are of shapes that no other test has.
vi.mock('../gpu/tuner', async (original) => {
  const tuner = await original<typeof import('../gpu/tuner')>();
  class First extends tuner.Tuner {
    constructor() {
      super({}, false);
    }
  }
  return { ...tuner, Tuner: First };
});
process.env.XDG_CACHE_HOME = ownCache();
const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (name: string) => join(temporary, name);
const GOLDEN = 'tools/reference/golden/nano';

function tensorsOf(path: string): Map<string, Float32Array> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(path)), path);
  return new Map([...tensors].map(([name, t]) => [name, toFloat32(t.bytes, t.dtype)]));
}

/** nano with its transformer as such a file, and nothing that says how large its pictures are. */
function folderWith(name: string, file: string, bytes: Uint8Array): string {
  const folder = at(name);
  cpSync(NANO, folder, { recursive: true });
  for (const gone of ['bundle.json', 'transformer/diffusion_pytorch_model.safetensors']) rmSync(join(folder, gone));
  put(join(folder, 'transformer', file), bytes);
  return folder;
}

const { model, text } = await openForTest(NANO);
afterAll(() => text.dispose());
const { tensors } = model.transformer;
const folders = {
  original: folderWith('original', 'flux1-nano.safetensors', await bflFile(tensors)),
  q8_0: folderWith('q8_0', 'flux1-nano-Q8_0.gguf', await ggufFile(tensors, 'Q8_0')),
  q4_0: folderWith('q4_0', 'flux1-nano-Q4_0.gguf', await ggufFile(tensors, 'Q4_0')),
};

/** The texts of two prompts and of the words of a small run, in place of the text encoder. */
beforeAll(async () => {
  const words = ['3d render', 'pencil sketch', 'flat design'];
  const prompts = SMALL_RUN.prompts.flatMap((prompt) => [prompt, ...words.map((word) => `${word}. ${prompt}`)]);
  const encoded = await text.encode(prompts);
  const [width, tokens] = [encoded.hidden, model.bundle.maxTextTokens];
  const file = prompts.flatMap((_, i) => [
    {
      name: `tokens.${i}`,
      shape: [tokens, width],
      data: encoded.tokens.slice(i * tokens * width, (i + 1) * tokens * width),
    },
    { name: `pooled.${i}`, shape: [width], data: encoded.pooled.slice(i * width, (i + 1) * width) },
  ]);
  put(join(folders.q8_0, 'embeddings.safetensors'), writeSafetensors(file, { prompts: JSON.stringify(prompts) }));
  for (const gone of ['tokenizer', 'text_encoder']) rmSync(join(folders.q8_0, gone), { recursive: true });
});

const expected = tensorsOf(`${GOLDEN}/expected.safetensors`);

it.each([
  ['original', 1e-4, 1e-3],
  ['q8_0', 0.01, 0.1],
  ['q4_0', 0.1, 0.6],
] as const)('%s: picture and gradient of nano, within its quantisation', async (name, close, closeGradient) => {
  const [run, out] = [`${GOLDEN}/run.json`, at(`${name}.out`)];
  const args = ['--bundle', folders[name], '--size', '48', '--run', run, '--sigma-index', '700', '--out', out];
  args.push('--noise', `${GOLDEN}/noise.safetensors`, '--lora', `${GOLDEN}/lora.safetensors`);
  expect(await runVerb(probe, args)).toEqual({ code: 0, stdout: `${out}\n` });
  const found = tensorsOf(out);
  const gradients = [...expected.keys()].filter((key) => key.startsWith('grad.'));
  const joined = (of: Map<string, Float32Array>) => new Float32Array(gradients.flatMap((key) => [...of.get(key)!]));
  expect(relativeL2(found.get('x0')!, expected.get('x0')!)).toBeLessThan(close);
  expect(relativeL2(joined(found), joined(expected))).toBeLessThan(closeGradient);
});

it('align trains two updates on it, with prompts encoded before, and writes the LoRA that nano would', async () => {
  const own = { ...SMALL_RUN, steps: 2, samples: { every: 2, prompts: ['cat face'] } };
  const [run, out] = [put(at('run.json'), own), at('run')];
  const args = ['--run', run, '--bundle', folders.q8_0, '--size', '48', '--out', out];
  expect(await runVerb(align, args)).toEqual({ code: 0, stdout: `${out}\n` });
  const parsed = parseRunFile(own);
  const { layout, initial } = await prepareRun(model, parsed);
  const onNano = parseSafetensors(writeLora(loraExport(parsed, layout, initial, 2, 'x')), 'nano').tensors;
  const trained = tensorsOf(join(out, 'lora/pytorch_lora_weights.safetensors'));
  expect([...trained.keys()].sort()).toEqual([...onNano.keys()].sort());
  expect([...trained].some(([name, data]) => name.endsWith('lora_B.weight') && data.some((value) => value !== 0))).toBe(
    true,
  );
});

it('draws the same with modulations computed ahead, and something else of texts that are cut', async () => {
  const draw = async (name: string, ...more: string[]) => {
    const args = ['--out', at(name), '--bundle', folders.q8_0, '--size', '48', '--steps', '2', ...more];
    expect((await runVerb(generate, [...args, '--prompt', 'cat face'])).code).toBe(0);
    return tensorsOf(join(at(name), 'latents.safetensors')).get('latents')!;
  };
  const own = await draw('own');
  expect(relativeL2(await draw('ahead', '--modulations-ahead'), own)).toBeLessThan(1e-5);
  expect(relativeL2(await draw('short', '--text-tokens', '2'), own)).toBeGreaterThan(1e-3);
});

it('a prompt that was not encoded is named with what there is, before anything is computed', async () => {
  const args = ['--out', at('none'), '--bundle', folders.q8_0, '--size', '48', '--prompt'];
  const { error } = await runVerb(generate, [...args, 'cat face', 'a castle']);
  expect(error).toMatch(
    /embeddings.safetensors has no embedding of "a castle"; it has "cat face", "3d render. cat face", "pencil sketch. cat face" and 5 more: use one of these, or/,
  );
});

it('info describes such a folder, and makes its bundle.json once', async () => {
  const { stdout } = await runVerb(info, [folders.q8_0, '--size', '48']);
  expect(stdout).toMatch(/transformer +1 double and 1 single blocks, .*Q8_0 and F32\n/);
  expect(stdout).toMatch(/text +16 tokens of 32, 8 prompts encoded before\n/);
  expect((await runVerb(info, [folders.q8_0, '--size', '48', '--make'])).code).toBe(0);
  const made = JSON.parse(readFileSync(join(folders.q8_0, 'bundle.json'), 'utf8'));
  expect(made).toMatchObject({
    name: 'q8_0',
    image: { width: 48, height: 48 },
    rewards: ['aesthetic', 'clip', 'preference'],
  });
  expect((await runVerb(info, [folders.q8_0, '--make'])).error).toMatch(/bundle.json is there already/);
  const quantised = await runVerb(info, [folders.original, '--size', '48', '--quantise', 'q4_0']);
  expect(quantised.stdout).toMatch(/F32 and Q4_0\n/);
  expect((await runVerb(info, [folders.original, '--quantise', 'q2_k'])).error).toBe(
    '--quantise is "q2_k", expected q8_0 or q4_0.',
  );
});
