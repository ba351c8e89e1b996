/** @file The whole way of a user: align, watch, change words, pause, come back, export, import, delete and undo. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { PRESET } from '../src/align/preset';
import { parseSafetensors } from '../src/formats/safetensors';
import { collectErrors, NANO, StudioPage } from './studio-page';

test('align, change words, pause, reload, resume, export, import, delete, undo', async ({ page }) => {
  const errors = collectErrors(page);
  const studio = new StudioPage(page);
  await studio.open('align', NANO);
  await expect(page.getByText(/downloads .* once/).first()).toBeVisible();

  await studio.align();
  await studio.waitForStep(1);
  await expect(page.locator('.timeline .badge')).toHaveCount(0);
  await expect(studio.chart('Reward')).toContainText('denoise branch');
  const pictures = await studio.picturesHash();

  const less = page.getByRole('combobox', { name: /less of/ });
  await less.fill('sepia');
  await less.press('Enter');
  await expect(page.locator('.words.less .word')).toContainText([...PRESET.reward.negative, 'sepia']);
  await expect(page.locator('.track .words-changed')).toHaveCount(1);

  await studio.waitForStep(3);
  await studio.button('Pause').click();
  await expect(studio.state).toContainText('Paused');
  await expect.poll(() => studio.picturesHash()).not.toBe(pictures);
  const paused = await studio.step();

  // A single step while paused.
  await studio.button('Train one step').click();
  await expect.poll(() => studio.step()).toBe(paused + 1);
  await expect(studio.state).toContainText('Paused');

  await page.reload();
  await expect(page.getByText(`stopped at step ${paused + 1} of 500`)).toBeVisible();
  await studio.button(/^Go on with/).click();
  // The chips show the words in force, not those the run began with.
  await expect(page.locator('.words.less .word')).toContainText([...PRESET.reward.negative, 'sepia']);
  await studio.waitForStep(paused + 2);
  await studio.button('Stop and keep').click();
  await expect(studio.state).toContainText('Stopped, kept');
  await expect(page.locator('.track .words-changed')).toHaveCount(1);
  // Every update is there once, those before the reload too.
  await expect(studio.chart('Reward').locator('tbody tr')).toHaveCount(await studio.step());

  const download = page.waitForEvent('download');
  await studio
    .button(/^Export LoRA of step \d+ \(.safetensors/)
    .first()
    .click();
  const path = await (await download).path();
  const { tensors, metadata } = parseSafetensors(new Uint8Array(readFileSync(path)), 'export');
  expect(tensors.get('transformer.transformer_blocks.0.attn.to_q.lora_A.weight')?.shape[0]).toBe(8);
  expect(tensors.get('transformer.transformer_blocks.0.attn.to_q.lora_B.weight')?.shape[1]).toBe(8);
  expect(metadata.format).toBe('pt');
  expect(Object.values(metadata).join()).toContain('red apple');
  expect(JSON.parse(metadata.ss_word_changes)[0].negative).toEqual([...PRESET.reward.negative, 'sepia']);

  await studio.place('Library').click();
  await expect(page.getByRole('heading', { name: 'Runs' })).toBeVisible();
  await expect(page.locator('.card').first()).toContainText('sepia');
  const chooser = page.waitForEvent('filechooser');
  await studio.button('Import a file').last().click();
  await (await chooser).setFiles({ name: 'mine.safetensors', mimeType: '', buffer: readFileSync(path) });
  await studio.message(/mine\.safetensors is in the Library \(rank 8\)/);
  await expect(page.getByRole('heading', { name: 'LoRAs' })).toBeVisible();
  const card = page.getByRole('listitem').filter({ hasText: 'mine' });
  await expect(card).toContainText('Rank 8');

  await studio.button('More for “mine”').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(card).toHaveCount(0);
  await studio.button('Undo').click();
  await expect(card).toHaveCount(1);

  // The LoRA's own metadata reopens the settings.
  await studio.button('More for “mine”').click();
  await page.getByRole('menuitem', { name: 'Open its settings' }).click();
  await expect(page.getByLabel('Training steps')).toHaveValue('500');
  expect(errors).toEqual([]);
});

test('extend a finished run, open it again with its timelines, then compare it with the base', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, steps: '2', every: '2' });
  await studio.align();
  await expect(studio.state).toContainText('Finished');
  await studio.button(/^Train 20 more steps/).click();
  await studio.waitForStep(4);
  await studio.button('Stop and keep').click();
  await expect(studio.state).toContainText('Stopped');

  // Its timelines are part of the run: they are there when it is opened again.
  const last = await studio.picturesHash();
  await page.reload();
  await studio.place('Library').click();
  await page
    .locator('.card')
    .first()
    .getByRole('button', { name: /^Open / })
    .click();
  await expect(page.locator('.timeline-title')).toContainText('step ');
  await expect(studio.timeline.locator('canvas.picture.empty')).toHaveCount(0);
  await studio.trainingStep.focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.timeline-title')).toContainText('before training');
  await studio.settled();
  expect(await studio.picturesHash()).not.toBe(last);

  // As one file it plays anywhere, the same pictures and numbers.
  const shown = await studio.picturesHash();
  const zipped = page.waitForEvent('download');
  await studio.button('Save as a recording that plays without a GPU (.zip)').click();
  const file = { name: 'mine.recording.zip', mimeType: '', buffer: readFileSync(await (await zipped).path()) };
  await page.reload();
  const chooser = page.waitForEvent('filechooser');
  await studio.button('Import a file').first().click();
  await (await chooser).setFiles(file);
  await studio.message('mine.recording.zip plays; it is not in the Library.');
  await studio.trainingStep.focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.timeline-title')).toContainText('before training');
  await studio.settled();
  await expect.poll(() => studio.picturesHash()).toBe(shown);
  await expect(page.locator('.sample-row').first().locator('canvas')).toHaveCount(2);
  await studio.place('Library').click();
  await page
    .locator('.card')
    .first()
    .getByRole('button', { name: /^Open / })
    .click();

  await studio
    .button(/^Compare step \d+ with the base/)
    .first()
    .click();
  await page.getByLabel('Seeds', { exact: true }).fill('1');
  await studio.button(/^Generate/).click();
  await expect(page.locator('.drawn canvas:not(.empty)')).toHaveCount(4);
  await expect(page.locator('.drawn-names')).toContainText(/This run, “.*”, step \d+/);

  // Its charts and those of its recording lie on one axis; the two differ by nothing.
  await page.getByText('Charts of runs').click();
  await expect(page.locator('.runs-legend li')).toHaveCount(2);
  const reward = page.getByRole('figure', { name: 'Reward', exact: true });
  await expect(reward.locator('thead th')).toHaveCount(3);
  await expect(page.getByText('None: these runs are made alike.')).toBeVisible();
  const csv = page.waitForEvent('download');
  await reward.getByText('Numbers, SVG, CSV').click();
  await reward.getByRole('button', { name: 'CSV of Reward' }).click();
  expect(readFileSync(await (await csv).path(), 'utf8')).toMatch(/^step,"A: .*","B: .*"\r\n1,-?0\.\d+,-?0\.\d+\r\n/);
});

test('the timeline of any prompt', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', NANO);
  await studio.waitForBundle();
  await page.getByLabel('Prompt to show').fill('red apple, sticker');
  await page.getByLabel('Prompt to show').press('Enter');
  await expect(page.locator('.timeline-title')).toContainText('“red apple, sticker”');
  await expect(studio.timeline.locator('.axis[data-column]')).toHaveCount(12);
  // nano brings no numbers of its words: pictures are drawn for one that is checked.
  await studio.button('Check “3d render”').click();
  await expect(page.locator('.words.more .word').first()).toContainText(/3d render ?(hardly )?seen \d\.\d\d/);
  await expect(studio.button('Check “3d render”')).toHaveCount(0);
});
