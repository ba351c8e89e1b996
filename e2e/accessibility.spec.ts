/** @file axe finds nothing to complain about, in light and dark, in every place and dialog. */
import AxeBuilder from '@axe-core/playwright';
import { StudioPage } from './studio-page';
import { expect, test } from './test';

for (const scheme of ['light', 'dark'] as const) {
  test(`no violations in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const studio = new StudioPage(page);
    await studio.open();
    await expect(studio.timeline).toBeVisible();
    await expect(page.locator('.uplot').first()).toBeVisible();
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
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
