/** @file The real base, mini-flux, in the page: its timeline is drawn and an update is made. */

import { expect, test } from '@playwright/test';
import { StudioPage } from './studio-page';

test('mini-flux draws its timeline and trains', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', {
    prompts: 'cat face',
    sprompts: 'owl',
    batch: '1',
    rollout: '2',
    steps: '2',
    every: '10',
  });
  await studio.align();
  // A software adapter takes a minute and more for the twelve noise levels of the timeline that comes first.
  await studio.waitForStep(1, 840_000);
  await expect(page.locator('.timeline .badge')).toHaveCount(0);
  await expect(studio.timeline.locator('canvas.picture').first()).toBeVisible();
  await expect(studio.timeline.locator('canvas.empty')).toHaveCount(0);
  expect((await studio.chart('Reward').locator('tbody tr').allTextContents())[0]).toMatch(/\d\.\d{4}/);
});
