/** @file Files that are dropped on the page. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { StudioPage } from './studio-page';

/** Drops files as a user would; Chromium gives dropped File objects a file-system entry only for real drags. */
async function drop(page: Page, files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, text } of list) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent('.page', 'drop', { dataTransfer: transfer });
}

test('a run file sets the page, a prompt list sets the prompts', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(studio.timeline).toBeVisible();
  const run = { version: 1, prompts: ['owl'], steps: 3, reward: { positive: ['sepia'], negative: ['sticker'] } };
  await drop(page, [{ name: 'my.json', text: JSON.stringify(run) }]);
  await studio.message('my.json is open');
  await expect(page.getByLabel('Training steps')).toHaveValue('3');
  await expect(page.locator('.words.more .word')).toContainText('sepia');
  await drop(page, [{ name: 'list.txt', text: 'fox\n\nbear\r\n' }]);
  await expect(page.getByLabel('Prompts', { exact: true })).toHaveValue('fox\nbear');
});

test('a wrong file is explained in one sentence', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(studio.timeline).toBeVisible();
  await drop(page, [{ name: 'bad.json', text: '{"version":1,"prompts":["a"],"stepz":3}' }]);
  await studio.message(/bad\.json: unknown key "stepz"/);
  await drop(page, [{ name: 'bad.safetensors', text: 'no adapter' }]);
  await studio.message(/bad\.safetensors/);
  await drop(page, [{ name: 'picture.bmp', text: '' }]);
  await studio.message(/picture\.bmp cannot be used here/);
});

test('a bundle folder of the user’s own is used in place of the site’s', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('.loaded .chip').first()).toContainText('mini-flux');
  const folder = 'public/bundles/nano';
  expect(readdirSync(folder)).toContain('bundle.json');
  expect(statSync(join(folder, 'bundle.json')).isFile()).toBe(true);
  const name = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')).name;
  await studio.button('About, licences and shortcuts').click();
  const chooser = page.waitForEvent('filechooser');
  await studio.button('Open a bundle folder of my own').click();
  await (await chooser).setFiles(folder);
  await studio.message(`The bundle “${name}” is in use`);
});

test('suggestions while typing, and a quiet note about what the base was hardly taught', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('.loaded .chip').first()).toBeVisible();
  const prompts = page.getByLabel('Prompts', { exact: true });
  await prompts.fill('parliament\nhedg');
  await studio.button('hedgehog').click();
  await expect(prompts).toHaveValue('parliament\nhedgehog');
  await expect(page.getByText('hardly taught “parliament”;')).toBeVisible();
});
