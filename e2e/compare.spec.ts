/** @file Compare: sides, strengths, cancelling, judging, the PNG; with a LoRA that is imported, so that nothing is trained. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { decodePng } from '../src/formats/png';
import { collectErrors, NANO, StudioPage } from './studio-page';

/** A LoRA of rank 2 on one linear of the nano bundle, large enough to be seen. */
function loraFile(): Buffer {
  const width = 32;
  const linear = 'transformer.transformer_blocks.0.attn.to_out.0';
  const bytes = 2 * width * 4;
  const header = JSON.stringify({
    [`${linear}.lora_A.weight`]: { dtype: 'F32', shape: [2, width], data_offsets: [0, bytes] },
    [`${linear}.lora_B.weight`]: { dtype: 'F32', shape: [width, 2], data_offsets: [bytes, 2 * bytes] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const values = Float32Array.from({ length: 4 * width }, (_, i) => Math.sin(i));
  return Buffer.concat([length, Buffer.from(header), Buffer.from(values.buffer)]);
}

/** Presses Cancel as soon as a picture is done; returns what the page said then. */
const cancelAtFirstPicture = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          const progress = document.querySelector('.drawing-progress');
          const text = progress?.textContent ?? '';
          if (!/: [1-9]\d* of/.test(text)) return;
          observer.disconnect();
          progress!.querySelector('button')!.click();
          resolve(text);
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );

async function expectClean(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${what}: ${id} at ${nodes.map((n) => n.target).join()}`)).toEqual([]);
}

test('sides are drawn once each, cancelled, continued, judged and saved; then strengths', async ({ page }) => {
  const errors = collectErrors(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const studio = new StudioPage(page);
  const prompts =
    'cat face\na red apple on a table with a long name that goes on and on until nobody reads it any more';
  await studio.open('compare', { ...NANO, sprompts: prompts, ccount: '1', csteps: '2' });
  await studio.waitForBundle();
  const drawn = page.locator('.drawn canvas:not(.empty)');
  const generate = studio.button(/^Generate/);

  // On a first visit both sides are the base, and it is drawn once. Enter in a field draws.
  await page.getByLabel('Steps', { exact: true }).press('Enter');
  await expect(drawn).toHaveCount(2);
  await expect(generate).toBeEnabled();
  await expect(page.locator('.drawn-names li').nth(1)).toContainText('The same as A');

  const chooser = page.waitForEvent('filechooser');
  await studio.button('Import a file').first().click();
  await (await chooser).setFiles({ name: 'wild.safetensors', mimeType: '', buffer: loraFile() });
  await studio.place('Compare').click();
  await expect(page.locator('.side-choice').nth(1)).toContainText('LoRA “wild”');
  await studio.button('Add a side').click();
  await expect(page.locator('.side-choice')).toHaveCount(3);
  await page.getByRole('slider', { name: 'Strength of C' }).focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.side-choice').nth(2)).toContainText('The same as A, so it is not drawn twice.');
  await page.keyboard.press('End');
  await expect(page.locator('.side-choice').nth(2)).toContainText('× 2.00');

  // The base is there already; what is cancelled keeps its pictures, and goes on with the others.
  await page.getByLabel('Seeds', { exact: true }).fill('3');
  const cancelled = cancelAtFirstPicture(page);
  await generate.click();
  expect(await cancelled).toMatch(/Drawing [ABC]: \d+ of 16 pictures/);
  await expect(generate).toBeEnabled();
  const kept = await drawn.count();
  expect(kept).toBeGreaterThan(2);
  expect(kept).toBeLessThan(18);
  await generate.click();
  await expect(drawn).toHaveCount(18);
  await expect(generate).toBeEnabled();

  await studio.button('Judge these pictures').click();
  const table = page.getByRole('region', { name: 'Judged' });
  await expect(table).toContainText('Bundle nano has no judge');
  await expect(table.locator('thead th')).toHaveText([
    'measure',
    'A: Base, without a LoRA',
    'B: LoRA “wild”',
    'B less A',
    /^C: LoRA “wild”, at strength 2.00/,
    'C less A',
  ]);
  await expect(table.getByRole('row', { name: /^saturation/ }).getByRole('cell')).toHaveCount(5);
  await expectClean(page, 'Compare');

  const saved = page.waitForEvent('download');
  await studio.button('Save grid as PNG').click();
  const { width, height } = decodePng(readFileSync(await (await saved).path()), 'compare.png');
  expect([width > 1500, height > 500]).toEqual([true, true]);

  await page.getByText('Strengths of a LoRA').click();
  await page.getByRole('textbox', { name: 'Strengths' }).fill('0, 1, 5');
  await page.getByRole('textbox', { name: 'Strengths' }).press('Enter');
  await expect(page.locator('.compare-settings').getByRole('alert')).toHaveText(
    /Expected different numbers from -2 to 4/,
  );
  await page.getByRole('textbox', { name: 'Strengths' }).fill('0, 1, 2');
  await page.getByRole('textbox', { name: 'Strengths' }).press('Enter');
  // All of it was drawn before.
  await expect(page.locator('.drawn-row').first().locator('.drawn-short')).toHaveText(['0.00', '1.00', '2.00']);
  await expect(drawn).toHaveCount(18);
  expect(errors).toEqual([]);
});
