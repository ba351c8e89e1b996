/** @file A run whose words changed three times is the same run wherever it is seen: opened, exported, imported, played. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { parseSafetensors } from '../src/formats/safetensors';
import { parseRunFile } from '../src/methods/run-file';
import { BEST, CHANGES, storeRun } from './stored-run';
import { StudioPage } from './studio-page';

/** Presses a button and reads the file that it saves. */
async function saved(page: Page, name: RegExp): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name }).first().click();
  const file = await download;
  return { name: file.suggestedFilename(), mimeType: '', buffer: readFileSync(await file.path()) };
}

test('words, their history and the timeline of a run; what it came to, its best step first', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('library');
  await storeRun(page, 'my run');
  await page.reload();
  const card = page.locator('.card').first();
  await expect(card).toContainText('+ watercolor');
  await expect(card.getByText('Words changed after steps 2, 4, 6')).toBeVisible();
  await card.getByRole('button', { name: 'Open “my run”' }).click();

  // The chips, the marks of the scrubber, the timeline.
  await expect(page.locator('.words.more .word')).toHaveText(/watercolor/);
  await expect(page.locator('.words.less .word')).toContainText(['pencil sketch', 'sepia']);
  await expect(page.locator('.track .words-changed')).toHaveCount(3);
  await expect(page.locator('.timeline-title')).toContainText('after step 12');
  await studio.settled();
  await page.locator('.track').focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.timeline-title')).toContainText('before training');

  // What it came to. Nothing on the page would only repeat it.
  const finished = page.getByRole('region', { name: /^Finished: “my run”/ });
  await expect(finished).toContainText(`Step ${BEST} is its best`);
  await expect(finished.getByRole('row', { name: /^Named right/ })).toHaveText(/96 %\s*96 %\s*40 %/);
  await expect(finished.locator('pre')).toContainText(`"my-run-step-${BEST}.safetensors"`);
  await expect(page.getByRole('button', { name: /^Align/ })).toHaveCount(0);
  const lora = await saved(page, new RegExp(`Export LoRA of step ${BEST} \\(.safetensors`));
  expect(lora.name).toBe(`my-run-step-${BEST}.safetensors`);
  const { metadata } = parseSafetensors(new Uint8Array(lora.buffer), 'export');
  expect(JSON.parse(metadata.ss_word_changes)).toEqual(CHANGES);
  const csv = (await saved(page, /^Export metrics/)).buffer.toString();
  expect(csv.split('\r\n')[3]).toContain('"[""pixel art""]","[""sepia""]"');
  const settings = await saved(page, /^Export run file/);
  expect(settings.name).toBe('my-run.run.json');
  const run = parseRunFile(new Uint8Array(settings.buffer));
  expect(run.wordHistory?.slice(1)).toEqual(CHANGES);
  expect(run.reward.positive).toEqual(['watercolor']);
  const recording = await saved(page, /^Save as a recording/);
  await finished.getByRole('button', { name: 'step 12, last' }).click();
  await finished.getByRole('button', { name: 'Compare step 12 with the base' }).click();
  await expect(page.locator('main')).toContainText('This run, “my run”, step 12');
  await page.goBack();
  await finished.getByRole('button', { name: 'Set up a new run' }).click();
  await expect(page.getByLabel('Prompts', { exact: true })).toBeEnabled();

  // Brought back in, by another browser too.
  for (const file of [lora, lora, recording]) {
    const chooser = page.waitForEvent('filechooser');
    await studio.button('Import a file').first().click();
    await (await chooser).setFiles(file);
    await studio.message(file === lora ? 'is in the Library' : 'plays; it is not in the Library');
  }
  await studio.place('Align').click();
  await expect(page.locator('.track .words-changed')).toHaveCount(3);
  await studio.place('Library').click();
  const loras = page.getByRole('region', { name: 'LoRAs' }).locator('.card');
  await expect(loras).toHaveCount(2);
  await expect(loras.first()).toContainText('Words changed after steps 2, 4, 6');
  await expect(loras.first()).toContainText('(2)');
  // What is deleted leaves the focus to what stays.
  await loras
    .first()
    .getByRole('button', { name: /^More for/ })
    .click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(loras).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^More for/ }).first()).toBeFocused();
});
