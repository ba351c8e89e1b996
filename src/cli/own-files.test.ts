/** @file Bases as people have them: nano's transformer as one file of the original's names, as GGUF, and with prompts encoded before. */
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
    { name: `tokens.${i}`, shape: [tokens, width], data: encoded.tokens.slice(i * tokens * width, (i + 1) * tokens * width) },
    { name: `pooled.${i}`, shape: [width], data: encoded.pooled.slice(i * width, (i + 1) * width) },
  ]);
  put(join(folders.q8_0, 'embeddings.safetensors'), writeSafetensors(file, { prompts: JSON.stringify(prompts) }));
  for (const gone of ['tokenizer', 'text_encoder']) rmSync(join(folders.q8_0, gone), { recursive: true });
});

const expected = tensorsOf(`${GOLDEN}/expected.safetensors`);

it.each([
  ['original', 1e-4, 1e-3],
  ['q8_0', 0.02, 0.1],
  ['q4_0', 0.3, 1],
] as const)('%s: picture and gradient of nano, within its quantisation', async (name, close, closeGradient) => {
  const run = JSON.parse(readFileSync(`${GOLDEN}/run.json`, 'utf8'));
  const args = ['--bundle', folders[name], '--size', '48', '--run', put(at(`${name}.json`), run), '--sigma-index', '700'];
  args.push('--noise', `${GOLDEN}/noise.safetensors`, '--lora', `${GOLDEN}/lora.safetensors`);
  expect(await runVerb(probe, [...args, '--out', at(`${name}.out`)])).toEqual({ code: 0, stdout: `${at(`${name}.out`)}\n` });
  const found = tensorsOf(at(`${name}.out`));
  const gradients = [...expected.keys()].filter((key) => key.startsWith('grad.'));
  const joined = (of: Map<string, Float32Array>) => new Float32Array(gradients.flatMap((key) => [...of.get(key)!]));
  const far = { x0: relativeL2(found.get('x0')!, expected.get('x0')!), gradient: relativeL2(joined(found), joined(expected)) };
  console.log(name, far);
  expect(far.x0).toBeLessThan(close);
  expect(far.gradient).toBeLessThan(closeGradient);
});
