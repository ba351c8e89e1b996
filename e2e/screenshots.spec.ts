/** @file Pictures of every place in three widths, kept in docs/images when STUDIO_SCREENSHOTS=1. */
import { expect, test } from '@playwright/test';
import { StudioPage } from './studio-page';

const KEEP = process.env.STUDIO_SCREENSHOTS === '1';

for (const [width, height] of [
  [390, 844],
  [820, 1180],
  [1440, 940],
]) {
  for (const place of ['align', 'compare', 'library', 'learn']) {
    test(`${place} at ${width} px fills its width`, async ({ page }, info) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: place === 'learn' ? 'dark' : 'light', reducedMotion: 'reduce' });
      const studio = new StudioPage(page);
      await studio.open(place);
      await expect(page.locator('main')).not.toContainText('Opening…');
      await page.waitForTimeout(800);
      const main = (await page.locator('main').boundingBox())!;
      expect(Math.round(main.width)).toBe(width);
      const path = KEEP ? `docs/images/${place}-${width}.png` : info.outputPath(`${place}-${width}.png`);
      await page.screenshot({ path });
    });
  }
}
