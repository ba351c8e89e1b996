/** Where `--lora` and `info` find a LoRA: a file, PEFT's weights beside their config, a zip, a folder. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { info } from './info';
import { readLoraFile } from './inputs';
import { runVerb, temporaryFolder } from './testing/harness';

const temporary = temporaryFolder();
afterAll(() => rmSync(temporary, { recursive: true }));
const at = (name: string) => join(temporary, name);
const GOLDEN = 'tools/reference/golden/lora';
const WEIGHTS = 'adapter_model.safetensors';
const CONFIG = 'adapter_config.json';
const NAMES = [CONFIG, WEIGHTS];
const folder = (path: string, names = NAMES) => {
  mkdirSync(at(path), { recursive: true });
  for (const name of names) cpSync(`${GOLDEN}/peft/${name}`, join(at(path), name));
  return at(path);
};
const zip = (files: Record<string, string>, name: string) => {
  writeFileSync(
    at(name),
    zipSync(Object.fromEntries(Object.entries(files).map(([to, from]) => [to, readFileSync(from)]))),
  );
  return at(name);
};
const both = Object.fromEntries(NAMES.map((name) => [name, `${GOLDEN}/peft/${name}`]));
const tensors = (path: string) => readLoraFile(path).file.tensors;

it('the folder, its weights, a folder above it and the zip are one LoRA', () => {
  const peft = folder('peft');
  folder('above/my-peft');
  const wanted = tensors(zip(both, 'peft.zip'));
  for (const path of [peft, `${peft}/`, join(peft, WEIGHTS), at('above')]) expect(tensors(path)).toEqual(wanted);
  const linked = at('linked');
  mkdirSync(linked);
  for (const name of NAMES) symlinkSync(resolve(peft, name), join(linked, name));
  expect(tensors(linked)).toEqual(wanted);
});

describe('refused', () => {
  it.each([
    ['a folder without a LoRA', () => folder('empty', []), /empty holds no LoRA, expected adapter_config\.json and/],
    [
      'a config alone',
      () => folder('config', [CONFIG]),
      /config has adapter_config.json, expected adapter_model.safetensors/,
    ],
    [
      'weights alone',
      () => folder('weights', [WEIGHTS]),
      /weights has adapter_model.safetensors, expected adapter_config/,
    ],
    [
      'two adapters',
      () => {
        folder('two/a');
        folder('two/b', [CONFIG]);
        return at('two');
      },
      /two holds LoRAs or parts of them in a, b, expected one folder/,
    ],
    [
      'an adapter with another below it, as PEFT saves several',
      () => {
        folder('several');
        folder('several/other');
        return at('several');
      },
      /several holds LoRAs or parts of them in .*its root/,
    ],
    [
      'a pickle',
      () => {
        writeFileSync(join(folder('pickle', [CONFIG]), 'adapter_model.bin'), 'x');
        return at('pickle');
      },
      /adapter_model.bin is a pickle of PyTorch, which is not read; save it again as .safetensors/,
    ],
    ['a path that does not exist', () => at('nowhere'), /^LoRA file .*nowhere does not exist/],
  ])('%s', (_, make, sentence) => {
    const path = make();
    expect(() => readLoraFile(path)).toThrow(sentence);
  });
});

it('info says whose names a LoRA has, its rank, alpha, scale, linears and storage type', async () => {
  const shown = async (path: string) => {
    const { stdout } = await runVerb(info, [path]);
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, 16).trim(), line.slice(16)]),
    );
  };
  expect(await shown(folder('peft'))).toEqual({
    LoRA: join(at('peft'), WEIGHTS),
    names: 'PEFT',
    rank: '3 (3 of 4), 2 (1 of 4)',
    alpha: '8 (3 of 4), 1.5 (1 of 4)',
    scale: expect.stringMatching(/^4\.6188 \(2 of 4\), .*5\.65685 \(1 of 4\)/),
    linears: expect.stringMatching(/^4: /),
    'stored as': 'F32',
  });
  expect(await shown(`${GOLDEN}/kohya-wide.safetensors`)).toMatchObject({
    names: 'kohya, BFL names',
    rank: '1',
    alpha: '4',
    scale: '4',
    linears: '4: attn.to_q, attn.to_k, attn.to_v, proj_mlp',
    'stored as': 'F16',
  });
});
