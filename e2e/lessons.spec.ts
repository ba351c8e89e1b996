/** @file All lessons as a visitor without WebGPU walks through them: each step sets what it says, and nothing goes wrong. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { collectErrors, StudioPage } from './studio-page';

const LESSONS = 9;

test('a walk through every step of every lesson: what it speaks of is marked and in sight, and a link reopens it', async ({
  page,
}) => {
  const errors = collectErrors(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.addInitScript(`Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })`);
  const studio = new StudioPage(page);
  await studio.open('learn');
  const card = page.locator('.lesson-step');
  const next = studio.button(/^Next( lesson)?$/);
  let [lessons, steps] = [0, 0];
  const seen = new Set<string>();
  for (;;) {
    await expect(card.getByRole('heading')).toBeVisible();
    const title = (await card.getByRole('heading').textContent())!;
    expect(seen.has(title), title).toBe(false);
    seen.add(title);
    steps++;
    // What the step points at: there, and the first of it on the screen beside the text.
    const marked = page.locator('.learn-place .middle [data-mark], .scrubber[data-mark]').first();
    await expect(marked, title).toBeInViewport();
    await expect(card.locator('h3'), title).toBeInViewport();
    const count = await card.getByText(/^Step \d+ of \d+$/).textContent();
    if (count!.startsWith('Step 1 ')) {
      lessons++;
      const { violations } = await new AxeBuilder({ page }).include('main').analyze();
      expect(violations.map((v) => `${title}: ${v.id} at ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([]);
    }
    const answers = card.locator('.question button');
    if ((await answers.count()) > 0) {
      await expect(card.locator('.question [role=status]')).toBeEmpty();
      await answers.first().click();
      await expect(card.locator('.question [role=status]')).toHaveText(/^(Yes|No)\. ./);
    }
    if ((await next.count()) === 0) break;
    await next.click();
    await expect(card.getByRole('heading')).not.toHaveText(title);
  }
  expect(lessons).toBe(LESSONS);
  expect(steps).toBeGreaterThan(3 * LESSONS);
  await expect(page.locator('.lesson-list summary')).toContainText(`${LESSONS} read`);

  // Numbers typed into a formula move what follows from them.
  await studio.open('learn', { lesson: 'known-noise', part: '1' });
  await expect(page.getByTestId('kn-gamma')).toHaveText('−0.50');
  await page.getByRole('slider', { name: /^k = / }).fill('0.3');
  await expect(page.getByTestId('kn-gamma')).toHaveText('−0.75');
  // Words reorder the pictures, and a word of the glossary opens it there.
  await studio.open('learn', { lesson: 'words', part: '1' });
  const picture = page.getByRole('list', { name: /^Pictures/ }).getByRole('img');
  await expect(picture.nth(3)).toHaveAccessibleName('owl, pencil sketch');
  await page.getByRole('group', { name: 'less of' }).getByRole('button', { name: 'pencil sketch' }).click();
  await expect(picture.nth(10)).toHaveAccessibleName('owl, pencil sketch');
  await expect(page).toHaveURL(/lesson=words&part=1/);
  await page.getByRole('button', { name: 'κ', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Glossary' }).locator('.asked')).toContainText('Weight κ');
  await page.keyboard.press('Escape');
  // On paper a lesson is its text and its questions.
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('.lesson-sheet')).toBeVisible();
  await expect(page.locator('.lesson-step')).toBeHidden();
  expect(errors).toEqual([]);
});

test('a person votes on the plane, in an embedded lesson on a phone', async ({ page }) => {
  const errors = collectErrors(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('./?embed=lesson#learn?lesson=policy&part=1');
  await expect(page.getByRole('navigation', { name: 'Places' })).toHaveCount(0);
  await expect(page.getByText(/^Update 1 of .* waits for your votes/)).toBeVisible();
  await page.getByRole('button', { name: 'Sample 3 is better' }).click();
  await expect(page.getByRole('button', { name: 'Sample 3, better' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('row', { name: /^Sample 3 is better/ })).toContainText('2.64');
  await page.getByRole('button', { name: 'Train on these votes' }).click();
  await expect(page.getByText(/^Update 2 of .* waits for your votes/)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(errors).toEqual([]);
});
