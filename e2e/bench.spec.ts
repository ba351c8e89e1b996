/** @file bench.html: it opens, names the adapter and measures a row. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test('names the adapter, measures a row, and its result can be taken along', async ({ page }) => {
  // The libraries beside ours take seconds to load; `npm run peers` measures them.
  await page.goto('./bench.html?rows=matmul-160x256x1024&quick&peers=none');
  await expect(page.locator('#adapter')).toContainText(/SwiftShader/i);
  await expect(page.locator('#adapter')).toContainText('computes on the CPU');
  await page.getByRole('button', { name: 'Run' }).click();
  const cells = page.getByRole('row', { name: /mini-flux’s matmul/ }).getByRole('cell');
  await expect(page.getByRole('status')).toContainText('Done. Our best matmul');
  await expect(cells.first()).toContainText(/^\d/);
  await expect(cells.nth(1)).toHaveText('– [1]');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download JSON' }).click();
  expect((await download).suggestedFilename()).toMatch(/^speed-.*SwiftShader.*\.json$/i);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});
