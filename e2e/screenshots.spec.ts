/** @file Pictures of every place in three widths; with STUDIO_SCREENSHOTS=1 they are kept in docs/images. */

import { expect, test } from '@playwright/test';
import { StudioPage } from './studio-page';

const KEPT = process.env.STUDIO_SCREENSHOTS === '1';

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
      await studio.open(place, { at: '10' });
      // The recorded run, where this place shows it.
      const shows = {
        align: '.samples canvas:not(.empty)',
        compare: '.drawn canvas:not(.empty)',
        learn: '.timeline-grid',
      };
      if (place in shows) await expect(page.locator(shows[place as keyof typeof shows]).last()).toBeVisible();
      await studio.settled();
      const main = (await page.locator('main').boundingBox())!;
      expect(Math.round(main.width)).toBe(width);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const name = `${place}-${width}`;
      const path = KEPT ? `docs/images/${name}.png` : info.outputPath(`${name}.png`);
      await page.screenshot({ path });
    });
  }
}
