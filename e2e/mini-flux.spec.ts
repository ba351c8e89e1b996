/** @file The real base, mini-flux, trains in the page for two updates. */

import { StudioPage } from './studio-page';
import { expect, test } from './test';

test('mini-flux trains for two updates', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', { prompts: 'cat face', batch: '1', rollout: '2', steps: '2', every: '10' });
  await studio.align();
  await expect(studio.state).toContainText('Finished', { timeout: 840_000 });
  expect(await studio.step()).toBe(2);
  const rewards = await studio.chart('Reward').locator('tbody tr').allTextContents();
  expect(rewards).toHaveLength(2);
  for (const row of rewards) expect(row).toMatch(/\d\.\d{4}/);
});
