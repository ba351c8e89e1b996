/** @file Files that are dropped on the page. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { dirSource } from '../src/formats/dir-source';
import { openBundle } from '../src/models/bundle';
import { ggufFile } from '../src/models/testing';
import { drag, StudioPage } from './studio-page';

/** Drops files that the page gets without a path, as some programs give them. */
async function drop(page: Page, files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text } of list) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent('.page', 'drop', { dataTransfer: transfer });
}

function safetensors(header: object, dataBytes: number): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

test('a run file sets the page, a prompt list sets the prompts', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const run = { version: 1, prompts: ['owl'], steps: 3, reward: { positive: ['sepia'], negative: ['sticker'] } };
  await drop(page, [{ name: 'my.json', text: JSON.stringify(run) }]);
  await studio.message('my.json is open');
  await expect(page.getByLabel('Training steps')).toHaveValue('3');
  await expect(page.locator('.words.more .word')).toContainText('sepia');
  // How well the reward sees a word comes with the base; one that it hardly sees gets a stronger one to go with it.
  await expect(page.locator('.words.more .word')).toContainText(/sepia ?seen 0\.9\d/);
  const more = page.getByRole('combobox', { name: /more of/ });
  await more.fill('cartoon');
  await more.press('Enter');
  await studio.button(/^Use “sticker, cartoon” \(0\.\d\d\)$/).click();
  await expect(page.locator('.words.more .word').last()).toContainText(/sticker, cartoon ?seen 0\.\d\d/);
  await expect(page.locator('.words.more .word')).toHaveCount(2);
  await drop(page, [{ name: 'list.txt', text: 'fox\n\nbear\r\n' }]);
  await expect(page.getByLabel('Prompts', { exact: true })).toHaveValue('fox\nbear');
});

test('a wrong file is explained in one sentence', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await drop(page, [{ name: 'bad.json', text: '{"version":1,"prompts":["a"],"stepz":3}' }]);
  await studio.message(/bad\.json: unknown key "stepz"/);
  await drop(page, [{ name: 'bad.safetensors', text: 'no LoRA' }]);
  await studio.message(/bad\.safetensors/);
  await drop(page, [{ name: 'picture.bmp', text: '' }]);
  await studio.message(/picture\.bmp cannot be used here/);
});

test('a folder with a GGUF file is recognised, weighed and used in place of the site’s base', async ({
  page,
}, info) => {
  const folder = info.outputPath('my-model');
  cpSync('public/bundles/nano', folder, { recursive: true });
  for (const gone of ['bundle.json', 'transformer/diffusion_pytorch_model.safetensors']) rmSync(`${folder}/${gone}`);
  const { openTransformer } = await openBundle(dirSource('public/bundles/nano'));
  writeFileSync(`${folder}/transformer/flux-nano-Q8_0.gguf`, await ggufFile(await openTransformer(), 'Q8_0'));
  const studio = new StudioPage(page);
  await studio.open();
  await studio.waitForBundle();
  await drag(page, [folder]);
  const dialog = page.getByRole('dialog', { name: 'Use your own model' });
  await expect(dialog).toContainText('flux-nano-Q8_0.gguf');
  await expect(dialog).toContainText(/Memory for updates of one picture: [\d.]+ MiB/);
  await expect(dialog).toContainText('It fits what is known of this device.');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id} at ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([]);
  const transformer = dialog
    .getByRole('row', { name: /^transformer/ })
    .getByRole('cell')
    .last();
  const kib = async () => Number.parseFloat((await transformer.textContent())!);
  const whole = await kib();
  await dialog.getByRole('button', { name: /Modulations of FLUX\.1/ }).click();
  await page.getByRole('option', { name: /^made ahead/ }).click();
  await expect.poll(kib).toBeLessThan(whole);
  await dialog.getByRole('button', { name: 'Use this model' }).click();
  await studio.message(/The bundle “my-model” is in use.* targets attn\.to_q, .*, one picture a step, learning rate/);
  await expect(page.locator('.loaded .chip').first()).toContainText('q8_0');
  // A preset's words, with what suits the base.
  await studio.button('Pixel art').click();
  await expect(page).toHaveURL(/lr=0\.0001/);
  await expect(studio.button(/^Align/)).toBeEnabled();
});

test('a model of one’s own is found again on the next visit, where the browser can find its files', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.waitForBundle();
  // The browser's own folder stands for one of this computer: its handles are the same kind of thing.
  const folder = dirSource('public/bundles/nano');
  const paths = (
    await Promise.all(
      ['transformer', 'vae', 'scheduler', 'tokenizer', 'text_encoder', 'rewards'].map(async (name) =>
        (await folder.list(name)).map((path) => `${name}/${path}`),
      ),
    )
  ).flat();
  const files = await Promise.all(
    paths.map(async (path) => [path, Buffer.from(await folder.read(path)).toString('base64')] as const),
  );
  await page.evaluate(async (list) => {
    const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('my-model', { create: true });
    for (const [path, content] of list) {
      const parts = path.split('/');
      let inner = top;
      for (const part of parts.slice(0, -1)) inner = await inner.getDirectoryHandle(part, { create: true });
      const file = await (await inner.getFileHandle(parts[parts.length - 1], { create: true })).createWritable();
      await file.write(Uint8Array.from(atob(content), (c) => c.charCodeAt(0)));
      await file.close();
    }
    Object.assign(window, { showDirectoryPicker: async () => top });
  }, files);
  const openDialog = async () => {
    await studio.button('All settings').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Use your own model' }).click();
    return page.getByRole('dialog', { name: 'Use your own model' });
  };
  const dialog = await openDialog();
  await dialog.getByRole('button', { name: 'Choose a folder' }).click();
  await dialog.getByRole('button', { name: 'Use this model' }).click();
  await studio.message('The bundle “my-model” is in use');

  await page.goto('about:blank');
  await studio.open();
  await expect(page.locator('.loaded .chip').first()).toContainText('mini-flux');
  const again = await openDialog();
  await again.getByRole('button', { name: 'Use “my-model” again' }).click();
  await studio.message('The bundle “my-model” is in use');
  await expect(page.locator('.loaded .chip').first()).toContainText('my-model');
  await (await openDialog()).getByRole('button', { name: 'Forget it' }).click();
  await expect(page.getByRole('button', { name: /again$/ })).toHaveCount(0);
});

test('a bundle folder and LoRAs are dropped as a file manager drops them', async ({ page }, info) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('.loaded .chip').first()).toContainText('mini-flux');
  await drag(page, [resolve('public/bundles/nano')]);
  await studio.message(/The bundle “.*nano.*” is in use/);

  const [ours, damaged] = ['style.safetensors', 'damaged.safetensors'].map((name) => info.outputPath(name));
  const shape = { dtype: 'F32', shape: [2, 16], data_offsets: [0, 128] };
  const linear = 'transformer.transformer_blocks.0.attn.to_q';
  const tensors = {
    [`${linear}.lora_A.weight`]: shape,
    [`${linear}.lora_B.weight`]: { ...shape, shape: [16, 2], data_offsets: [128, 256] },
  };
  writeFileSync(ours, safetensors(tensors, 256));
  writeFileSync(damaged, safetensors(tensors, 200));
  await drag(page, [ours]);
  await studio.message('style.safetensors is in the Library (rank 2)');
  await drag(page, [damaged]);
  await studio.message(/damaged\.safetensors is truncated: tensor .*lora_B/);
  await studio.place('Library').click();
  await expect(page.getByRole('listitem').filter({ hasText: 'style' })).toContainText('Rank 2');
  await expect(page.getByRole('listitem').filter({ hasText: 'damaged' })).toHaveCount(0);
});

test('suggestions while typing, and a quiet note about what the base was hardly taught', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.waitForBundle();
  const prompts = page.getByLabel('Prompts', { exact: true });
  await prompts.fill('parliament\nhedg');
  await studio.button('hedgehog').click();
  await expect(prompts).toHaveValue('parliament\nhedgehog');
  await expect(page.getByText('hardly taught “parliament”;')).toBeVisible();
});
