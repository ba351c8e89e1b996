/** @file Every method: one choice with its own options and nothing of the others; one that trains, seen as what it is. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { METHODS } from '../src/methods';
import { collectErrors, NANO, StudioPage } from './studio-page';

async function choose(page: Page, label: string, name: string): Promise<void> {
  await page.locator('.method-form').getByRole('button', { name: label }).first().click();
  await page.getByRole('option', { name, exact: true }).click();
}

async function expectClean(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${what}: ${id} at ${nodes.map((n) => n.target).join()}`)).toEqual([]);
}

test('every method shows its own options; ReFL trains two updates and is drawn as what it is', async ({ page }) => {
  const errors = collectErrors(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, rollout: '6', steps: '2' });
  await studio.waitForBundle();
  const form = page.locator('.method-form');
  for (const { id, label, about, options, forms, group } of METHODS) {
    await choose(page, 'Method', label);
    await expect(form).toContainText(about);
    const rows = Object.values(options).map((option) => option.label);
    await expect(form.locator('.option-row')).toHaveText(
      [...rows, ...(group ? ['Pictures a step'] : [])].map(beginsWith),
    );
    await expect(form.getByText('Reward form')).toHaveCount(forms.length > 1 ? 1 : 0);
    await expect(studio.button(/^Align/)).toBeEnabled();
    if (id !== 'srpo') await expect(page).toHaveURL(new RegExp(`method=${id}(&|$)`));
  }

  // What was typed is there again, and a value that cannot be is explained at its field.
  await choose(page, 'Method', 'GRPO');
  await form.getByLabel('Window').fill('3');
  await form.getByLabel('Pictures a step').fill('9');
  await form.getByLabel('Pictures a step').press('Enter');
  await expect(form.getByRole('alert')).toHaveText('Expected a multiple of “Group”, which is 8.');
  await expectClean(page, 'GRPO');
  await choose(page, 'Method', 'ReFL');
  await choose(page, 'Method', 'GRPO');
  await expect(form.getByLabel('Window')).toHaveValue('3');
  await expect(form.getByLabel('Pictures a step')).toHaveValue('8');

  await choose(page, 'Method', 'ReFL');
  await choose(page, 'Reward form', '“More of” alone');
  await expect(page.locator('.words.less')).toHaveCount(0);
  await expect(page.locator('.gamma-names .current')).toContainText('ReFL');
  await studio.align();
  await expect(studio.state).toContainText('Finished');
  await expect(studio.timeline.locator('.rows .row-label b')).toHaveText(['Injected', 'One step']);
  await expect(page.locator('.timeline-title')).toContainText('The reward sees what one step predicts');
  await expect(page.locator('.gradient-strip i')).toHaveCount(1);
  await expect(page.locator('.timeline .numbers')).not.toContainText('penalty');
  for (const title of ['Reward', 'Loss', 'Gradient norm', 'Level, σ']) {
    await expect(studio.chart(title).locator('tbody tr')).toHaveCount(2);
  }
  await expect(page.locator('.update-details')).toContainText(/Update 2.*\{"step":[3-5]\}/s);
  await expectClean(page, 'ReFL');
  expect(errors).toEqual([]);
});

const beginsWith = (text: string) => new RegExp(`^${text}`);
