/** What is dropped on the page is what the program reads from the same place. */
import 'fake-indexeddb/auto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readLoraFile } from '../../cli/inputs';
import { readLora } from '../../lora/lora-file';
import { deleteLora, listLoras } from '../../storage/loras';
import { purgeDeleted } from '../../storage/purge';
import { getState } from '../state/store';
import { importFiles } from './import-files';

const golden = 'tools/reference/golden/lora';
const CONFIG = readFileSync(`${golden}/peft/adapter_config.json`);
const WEIGHTS = readFileSync(`${golden}/peft/adapter_model.safetensors`);
const dropped = (path: string, bytes: Uint8Array | string) => ({
  path,
  file: new File([bytes as BlobPart], path.split('/').at(-1)!),
});
const imported = async () => (await listLoras()).map(({ name, file }) => ({ name, file }));

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'my-peft'));
cpSync(`${golden}/peft`, join(folder, 'my-peft'), { recursive: true });
const byProgram = readLoraFile(join(folder, 'my-peft')).file;

beforeEach(async () => {
  for (const { id } of await listLoras()) await deleteLora(id);
  await purgeDeleted();
});

describe('PEFT’s LoRA', () => {
  it.each([
    ['its folder', ['my-peft/adapter_config.json', 'my-peft/adapter_model.safetensors'], 'my-peft'],
    ['its folder in a folder', ['a/my-peft/adapter_model.safetensors', 'a/my-peft/adapter_config.json'], 'my-peft'],
    ['its two files', ['adapter_model.safetensors', 'adapter_config.json'], 'adapter_model'],
  ])('%s', async (_, paths, name) => {
    await importFiles(paths.map((path) => dropped(path, path.endsWith('.json') ? CONFIG : WEIGHTS)));
    const [lora, ...more] = await imported();
    expect([lora.name, more]).toEqual([name, []]);
    expect(readLora(lora.file, name).tensors).toEqual(byProgram.tensors);
  });

  it('its weights alone, with a sentence about the scale', async () => {
    await importFiles([dropped('adapter_model.safetensors', WEIGHTS)]);
    expect(await imported()).toHaveLength(1);
    expect(getState().notices.at(-1)?.message).toContain('lies without its adapter_config.json');
    writeFileSync(join(folder, 'adapter_model.safetensors'), WEIGHTS);
    const alone = readLoraFile(join(folder, 'adapter_model.safetensors')).file;
    expect(readLora((await imported())[0].file, 'x').tensors).toEqual(alone.tensors);
  });

  it('two folders dropped together are two LoRAs, one folder of two is refused', async () => {
    const parts = (at: string) => [
      dropped(`${at}/adapter_config.json`, CONFIG),
      dropped(`${at}/adapter_model.safetensors`, WEIGHTS),
    ];
    await importFiles([...parts('a'), ...parts('b')]);
    expect((await imported()).map(({ name }) => name).sort()).toEqual(['a', 'b']);
    await expect(importFiles([...parts('all/a'), ...parts('all/b')])).rejects.toThrow(
      'all holds LoRAs or parts of them in all/a, all/b',
    );
  });

  it.each([
    ['adapter_config.json', 'The drop has adapter_config.json, expected adapter_model.safetensors beside it.'],
    ['x/adapter_config.json', 'x has adapter_config.json, expected adapter_model.safetensors beside it.'],
    ['x/adapter_model.safetensors', 'x has adapter_model.safetensors, expected adapter_config.json beside it.'],
    ['adapter_model.bin', 'adapter_model.bin is a pickle of PyTorch'],
  ])('%s alone is refused', async (path, sentence) => {
    const bytes = path.endsWith('.json') ? CONFIG : WEIGHTS;
    await expect(importFiles([dropped(path, bytes)])).rejects.toThrow(sentence);
    expect(await imported()).toEqual([]);
  });
});

it("another program's file", async () => {
  await importFiles([dropped('style.safetensors', readFileSync(`${golden}/kohya-bfl.safetensors`))]);
  expect((await imported()).map(({ name }) => name)).toEqual(['style']);
  expect(getState().notices.at(-1)?.message).toContain('adapts a text encoder too');
});

it('text that is not UTF-8 is refused, in prompt lists and run files', async () => {
  const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  await expect(importFiles([dropped('prompts.txt', latin)])).rejects.toThrow(/^prompts.txt is not UTF-8 \(byte 0xE9/);
  await expect(importFiles([dropped('run.json', latin)])).rejects.toThrow(/^run.json is not UTF-8/);
  await importFiles([dropped('prompts.txt', 'a red fox\r\n\n café \r')]);
  expect(getState().fields.prompts).toEqual(['a red fox', 'café']);
});
