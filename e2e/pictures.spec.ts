/** @file Pictures of the user's own: a folder is dropped, captions are changed, a run trains from them and goes on. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import sharp from 'sharp';
import { collectErrors, drag, NANO, StudioPage } from './studio-page';

/** A folder of three pictures and what is none. */
async function photos(): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'pictures-')), 'my photos');
  mkdirSync(folder);
  const put = (name: string, content: Uint8Array | string) => writeFileSync(join(folder, name), content);
  const plain = (background: string) => sharp({ create: { width: 90, height: 60, channels: 4, background } });
  put('red_thing.png', await plain('#f00').png().toBuffer());
  put('clear.webp', await plain('#00000000').webp({ lossless: true }).toBuffer());
  // Red above blue, stored upside down and turned by its EXIF orientation.
  const upside = await plain('#00f')
    .extend({ bottom: 60, background: '#f00' })
    .removeAlpha()
    .toBuffer({ resolveWithObject: true });
  expect(upside.info.channels).toBe(3);
  const raw = { raw: { width: upside.info.width, height: upside.info.height, channels: 3 as const } };
  put('turned.jpg', await sharp(upside.data, raw).withMetadata({ orientation: 3 }).jpeg().toBuffer());
  put('turned.txt', 'red above blue\n');
  put('text.png', 'no picture');
  put('cut.jpg', (await plain('#fff').removeAlpha().resize(900).jpeg().toBuffer()).subarray(0, 300));
  return folder;
}

test('a folder becomes a set, whose captions are changed, and a run trains from it', async ({ page }) => {
  const errors = collectErrors(page);
  const studio = new StudioPage(page);
  await studio.open('align', NANO);
  await studio.waitForBundle();
  await drag(page, [await photos()]);
  await studio.message('3 pictures are in the set “my photos”. text.png is skipped: it is no picture');
  await studio.message('cut.jpg is skipped: it is damaged');
  const trainFrom = page.getByRole('button', { name: /Train from/ });
  await expect(trainFrom).toContainText('my photos');

  await studio.button('Pictures and captions').click();
  const dialog = page.getByRole('dialog', { name: 'Pictures of “my photos”' });
  await expect(dialog).toContainText('3 pictures.');
  await expect(dialog.getByLabel('turned.jpg', { exact: true })).toHaveValue('red above blue');
  await expect(dialog.getByLabel('red_thing.png', { exact: true })).toHaveValue('red thing');
  // Upright, and what is transparent over white.
  const colour = (alt: string, y: number) =>
    dialog.getByAltText(alt).evaluate(async (image: HTMLImageElement, at) => {
      await image.decode();
      const context = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d')!;
      context.drawImage(image, 0, 0);
      return [...context.getImageData(image.naturalWidth / 2, image.naturalHeight * at, 1, 1).data];
    }, y);
  const [red, , blue] = await colour('red above blue', 0.2);
  expect(red).toBeGreaterThan(200);
  expect(blue).toBeLessThan(60);
  expect((await colour('red above blue', 0.8))[2]).toBeGreaterThan(200);
  expect(await colour('clear', 0.5)).toEqual([255, 255, 255, 255]);

  const caption = dialog.getByLabel('red_thing.png', { exact: true });
  await caption.fill('red apple');
  await caption.press('Enter');
  await expect(dialog.getByAltText('red apple')).toBeVisible();
  await dialog.getByRole('button', { name: 'Remove clear.webp' }).click();
  await expect(dialog).toContainText('2 pictures.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);

  await studio.align();
  await studio.waitForStep(2);
  await expect(page.locator('.update-details')).toContainText('"pictures":[');
  await studio.button('Pause').click();
  await expect(studio.state).toContainText('Paused, saved');
  await page.reload();
  await studio.button(/^Go on with/).click();
  const step = await studio.step();
  await studio.waitForStep(step + 1);
  await studio.button('Stop and keep').click();
  await expect(studio.state).toContainText('Stopped, kept');
  expect(errors).toEqual([]);
});

test('the sample set is one press, and methods that roll out hide the choice', async ({ page }) => {
  const errors = collectErrors(page);
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, method: 'refl' });
  await studio.waitForBundle();
  await expect(page.getByRole('button', { name: /Train from/ })).toHaveCount(0);
  await studio.open('align', NANO);
  await studio.button('Use the sample set (785 kB)').click();
  await studio.message('100 pictures are in the set “3d-render”.');
  await expect(page.getByRole('button', { name: /Train from/ })).toContainText('3d-render');
  await expect(studio.button(/Use the sample set/)).toHaveCount(0);
  expect(errors).toEqual([]);
});
