/** @file A whole run with the keyboard alone. */

import { expect, test } from '@playwright/test';
import { NANO, StudioPage } from './studio-page';

test('align, scrub, pause, palette and places without a pointer', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', NANO);
  await studio.waitForBundle();
  // The focus stays with the button that takes the pressed one's place.
  await studio.button(/^Align/).focus();
  await page.keyboard.press('Control+Enter');
  await studio.waitForStep(2);
  await expect(studio.button('Pause')).toBeFocused();
  await page.keyboard.press('p');
  await expect(studio.state).toContainText('Paused');

  // Shift and arrows: noise level. Arrows: training step.
  const column = Number(await studio.noiseLevel.getAttribute('aria-valuenow'));
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(studio.noiseLevel).toHaveAttribute('aria-valuenow', String(column - 1));
  const step = Number(await studio.trainingStep.getAttribute('aria-valuenow'));
  await page.keyboard.press('ArrowLeft');
  await expect(studio.trainingStep).toHaveAttribute('aria-valuenow', String(step - 1));
  await page.keyboard.press('ArrowRight');

  // On a button, Space presses it.
  await page.locator('main').focus();
  await page.keyboard.press('Space');
  await expect(studio.noiseLevel).not.toHaveAttribute('aria-valuenow', String(column - 1));
  await page.keyboard.press('Space');

  await page.keyboard.press('s');
  await studio.waitForStep(step + 1);

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('searchbox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('stop');
  await expect(page.getByRole('menuitem')).toHaveText(['Stop and keep']);
  await page.keyboard.press('Enter');
  await expect(studio.state).toContainText('Stopped');
  await expect(page.getByRole('heading', { name: /^Stopped: “/ })).toBeFocused();

  await page.keyboard.press('3');
  await expect(page.getByText('used in this browser')).toBeVisible();
  await page.keyboard.press('1');

  // Everything that can be pressed can be reached with Tab, and shows its focus.
  const reached = new Set<string>();
  await page.locator('body').focus();
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
      return { name: name.trim(), visible: outlineStyle !== 'none' && outlineWidth !== '0px' };
    });
    if (!focused) break;
    expect(focused.visible, `focus is visible on “${focused.name}”`).toBe(true);
    reached.add(focused.name);
  }
  expect([...reached].some((name) => name.startsWith('Noise level'))).toBe(true);
  expect([...reached].some((name) => name.startsWith('Training step'))).toBe(true);
});
