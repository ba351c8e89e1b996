/** @file What a browser does with any page: back and forward, blocked storage, typing, links. */

import { expect, test } from '@playwright/test';
import { StudioPage } from './studio-page';

test('places are entries of the history; going back keeps the settings', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', { steps: '5' });
  await studio.place('Compare').click();
  await page.getByLabel('Seeds', { exact: true }).fill('3');
  await studio.place('Learn').click();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Compare' })).toBeAttached();
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Align' })).toBeAttached();
  await expect(page).toHaveURL(/#align\?.*steps=5.*ccount=3/);
  await expect(page.getByLabel('Training steps')).toHaveValue('5');
  await page.goForward();
  await expect(page.getByLabel('Seeds', { exact: true })).toHaveValue('3');
});

test('with site data blocked the page works, and says what it cannot keep', async ({ page }) => {
  await page.addInitScript(() => {
    const deny = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    Object.defineProperty(window, 'localStorage', { get: deny });
    IDBFactory.prototype.open = deny;
  });
  const studio = new StudioPage(page);
  await page.goto('./#align?bundle=nano');
  await expect(studio.timeline).toBeVisible();
  await expect(studio.button(/^Align/)).toBeEnabled();
  await expect(page.getByText('This browser keeps no data for this page')).toBeVisible();
  await studio.place('Library').click();
  await expect(page.getByText('Nothing is kept yet')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Messages' })).toBeEmpty();
  // There is no database here for the next test to read kernels from.
  await page.goto('about:blank');
});

test('Rename has the focus: letters are the name, not shortcuts', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('library');
  const linear = 'transformer.transformer_blocks.0.attn.to_q';
  const shape = { dtype: 'F32', shape: [2, 16] };
  const header = JSON.stringify({
    [`${linear}.lora_A.weight`]: { ...shape, data_offsets: [0, 128] },
    [`${linear}.lora_B.weight`]: { ...shape, shape: [16, 2], data_offsets: [128, 256] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const chooser = page.waitForEvent('filechooser');
  await studio.button('Import a file').last().click();
  const buffer = Buffer.concat([length, Buffer.from(header), Buffer.alloc(256)]);
  await (await chooser).setFiles({ name: 'first.safetensors', mimeType: '', buffer });
  await studio.button('More for “first”').click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const field = page.getByLabel('New name');
  await expect(field).toBeFocused();
  await page.keyboard.type('tall 3');
  await expect(field).toHaveValue('tall 3');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'tall 3' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Library' })).toBeAttached();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  await expect(studio.button('More for “tall 3”')).toBeFocused();
});

test('a link names what of it cannot be used', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', { steps: 'many', rank: '-1', at: '71', seed: '3' });
  await studio.message('cannot be used here: steps=many, rank=-1.');
  await studio.message(/step 71; the recorded run shown here has \d+/);
  await expect(page).toHaveURL(/seed=3/);
  await expect(page).toHaveURL(/at=71/);
  await expect(page.getByText('Made with other settings than yours: Seed')).toBeVisible();
});

test('lessons: next, a link to a step, back to where one was', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('learn');
  await expect(page.locator('.lesson-step')).toContainText('Step 1 of 4');
  await expect(studio.noiseLevel).toHaveAttribute('aria-valuenow', '0');
  await studio.button('Next').click();
  await expect(studio.noiseLevel).not.toHaveAttribute('aria-valuenow', '0');
  await expect(page).toHaveURL(/#learn\?.*part=1/);
  await expect(page.locator('.row-label[data-mark]')).toHaveCount(2);
  await page.reload();
  await expect(page.locator('.lesson-step')).toContainText('Step 2 of 4');
  await studio.button('Almost clean').click();
  await studio.button('Next').click();
  await page.locator('.lesson-list summary').click();
  await expect(page.locator('.lesson-list a').first()).toContainText('✓');
  await page.reload();
  await expect(page.locator('.lesson-list summary')).toContainText('1 read');
});

test('a chart shows the numbers of the step under the pointer, and the colours of the theme at once', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open('align', { at: '0' });
  const chart = studio.chart('Reward');
  await expect(chart.locator('.uplot')).toBeVisible();
  await chart.locator('.u-over').hover({ position: { x: 60, y: 30 } });
  await expect(chart.locator('.chart-at')).toHaveText(/step \d+/);
  await page.mouse.move(600, 5);
  await expect(chart.locator('.chart-at')).toHaveCount(0);
  const pixels = () => chart.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const light = await pixels();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(pixels).not.toBe(light);
});
