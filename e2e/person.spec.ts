/** @file A person as the reward: pictures to vote on, by pointer and by keys, kept over a reload. */

import { expect, test } from '@playwright/test';
import { collectErrors, NANO, StudioPage } from './studio-page';

test('vote on the pictures of an update, reload in between, and train on the votes', async ({ page }) => {
  const errors = collectErrors(page);
  const studio = new StudioPage(page);
  const options = 'group:2;window:1';
  await studio.open('align', { ...NANO, method: 'grpo', options, batch: '4', reward: 'person' });
  await studio.align();
  const ballot = page.getByRole('region', { name: 'Which of these are better?' });
  await expect(ballot).toContainText('Update 1 waits for your votes: 0 of 4, group 1 of 2.');
  await expect(ballot).toContainText('cat face');
  const train = ballot.getByRole('button', { name: 'Train on these votes' });
  await expect(train).toBeDisabled();

  const picture = (i: number) => ballot.getByRole('group', { name: new RegExp(`^Picture ${i} of 2`) });
  await picture(1).getByRole('button', { name: 'Better' }).click();
  await expect(picture(1)).toHaveAccessibleName('Picture 1 of 2, better');
  await ballot.getByRole('button', { name: 'Undo the last vote' }).click();
  await expect(picture(1)).toHaveAccessibleName('Picture 1 of 2, no vote yet');
  await picture(1).focus();
  await page.keyboard.press('ArrowUp');
  await expect(picture(2)).toBeFocused();

  await page.reload();
  await studio.button(/^Go on with/).click();
  await expect(ballot).toContainText('1 of 4, group 1 of 2.');
  await expect(picture(1)).toHaveAccessibleName('Picture 1 of 2, better');
  await picture(2).focus();
  await page.keyboard.press('ArrowDown');
  await expect(ballot).toContainText('2 of 4, group 2 of 2.');
  await expect(ballot).toContainText('red apple');
  await picture(1).getByRole('button', { name: 'Skip' }).click();
  await picture(2).getByRole('button', { name: 'Worse' }).click();
  await train.click();
  await studio.waitForStep(1);
  await expect(ballot).toContainText('Update 2 waits for your votes');
  // (1 + 0 + ½ + 0) / 4
  await expect(studio.chart('Reward').locator('tbody tr').first()).toContainText('0.375');
  await studio.button('Stop and keep').click();
  await expect(studio.state).toContainText('Stopped, kept');
  await expect(ballot).toHaveCount(0);
  expect(errors).toEqual([]);
});
