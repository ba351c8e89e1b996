/** @file axe finds nothing to complain about, in light, dark and forced colours, in every place and dialog, wide and narrow. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { storeRun } from './stored-run';
import { StudioPage } from './studio-page';

const LOOKS = [
  { look: 'light', colorScheme: 'light', forcedColors: 'none', width: 1440 },
  { look: 'dark, on a phone', colorScheme: 'dark', forcedColors: 'none', width: 390 },
  { look: 'forced colours', colorScheme: 'dark', forcedColors: 'active', width: 1440 },
] as const;

for (const { look, width, ...media } of LOOKS) {
  test(`no violations in ${look}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
    const studio = new StudioPage(page);
    await studio.open();
    await expect(studio.timeline).toBeVisible();
    await expect(page.locator('.uplot').first()).toBeVisible();
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
      expect(violations.map((v) => `${what}: ${v.id} at ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([]);
    };
    await check('Align');
    // Whoever speaks to the page says what a button shows.
    const misnamed = await page
      .locator('button[aria-label]')
      .evaluateAll((buttons) =>
        buttons
          .map((button) => [button.getAttribute('aria-label')!, (button as HTMLElement).innerText.trim()])
          .filter(([name, shown]) => shown !== '×' && !name.toLowerCase().includes(shown.toLowerCase())),
      );
    expect(misnamed).toEqual([]);
    for (const place of ['Compare', 'Library', 'Learn'] as const) {
      await studio.place(place).click();
      await expect(page.getByRole('heading', { level: 1, name: place })).toBeAttached();
      await studio.settled();
      await check(place);
    }
    // A run of the user's own: its card, and what it came to.
    await studio.place('Library').click();
    await storeRun(page, 'my run');
    await page.reload();
    await page.locator('.word-history summary').click();
    await check('Library with a run');
    await studio.button('Open “my run”').click();
    await page.getByText('Use it in diffusers').click();
    await studio.settled();
    await check('Finished');
    for (const dialog of ['Find a command', 'About, licences and shortcuts']) {
      await studio.button(dialog).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await check(dialog);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
    await studio.place('Align').click();
    await studio.button('All settings').click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('All settings');
  });
}

test('a wrong setting is explained at its field and the old value stays', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.button('All settings').click();
  const rank = page.getByLabel('Rank', { exact: true });
  await rank.fill('-1');
  await rank.press('Enter');
  await expect(page.getByText('Expected an integer from 1 to 1024.')).toBeVisible();
  await expect(rank).toHaveAttribute('aria-invalid', 'true');
  await rank.fill('4');
  await rank.press('Enter');
  await expect(page.getByText('Expected an integer from 1 to 1024.')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/rank=4/);
});

test('at 200 % zoom what stays in view takes at most a sixth of the height', async ({ page }) => {
  await page.setViewportSize({ width: 720, height: 450 });
  const studio = new StudioPage(page);
  for (const place of ['align', 'compare', 'library', 'learn']) {
    await studio.open(place);
    await studio.settled();
    const part = await page.evaluate(() => {
      scrollTo(0, 600);
      // A lesson's text is what is read: it stays beside what it speaks of on purpose.
      const stuck = [...document.querySelectorAll('body :not(.lesson, .lesson *)')].filter((element) => {
        const { position, visibility } = getComputedStyle(element);
        return (position === 'fixed' || position === 'sticky') && visibility === 'visible';
      });
      const heights = stuck.map((element) => {
        const { top, bottom, width } = element.getBoundingClientRect();
        // What stays at a side of its own box, such as the names of rows, covers no height of the page.
        return width > innerWidth / 2 ? Math.max(Math.min(bottom, innerHeight) - Math.max(top, 0), 0) : 0;
      });
      return heights.reduce((sum, height) => sum + height, 0) / innerHeight;
    });
    expect(part, place).toBeLessThanOrEqual(1 / 6);
  }
});

test('at 360 px nothing but the timeline scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const studio = new StudioPage(page);
  for (const place of ['align', 'compare', 'library', 'learn']) {
    await studio.open(place);
    await studio.settled();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, place).toBeLessThanOrEqual(0);
  }
});
