/** @file The laboratory as a visitor without WebGPU meets it: it learns, trains, is dragged, drawn on, linked and embedded. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { collectErrors, StudioPage } from './studio-page';

const learned = (page: Page) => expect(page.getByText('The network has learned the data.')).toBeAttached();
const update = async (page: Page) => Number(await page.getByTestId('lab-step').textContent());

test('learns its data, trains in steps and on, follows hills and methods, and a link reopens it', async ({ page }) => {
  const errors = collectErrors(page);
  await page.addInitScript(`Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })`);
  const studio = new StudioPage(page);
  await studio.open('learn');
  await page.getByRole('link', { name: /^Laboratory/ }).click();
  await expect(page).toHaveURL(/[?&]lab=1/);
  await learned(page);
  await studio.button('One update').click();
  await expect.poll(() => update(page)).toBe(1);
  await studio.button('Fast').click();
  // The key plays what is open, whatever has the focus.
  await page.locator('main').focus();
  await page.keyboard.press('Space');
  await expect.poll(() => update(page)).toBeGreaterThan(3);
  await page.keyboard.press('Space');
  await expect(studio.button('Play')).toBeVisible();

  const wanted = studio.button(/^Wanted hill, at 1.7, 0.0/);
  await wanted.focus();
  await page.keyboard.press('ArrowUp');
  await expect(studio.button(/^Wanted hill, at 1.7, 0.1/)).toBeFocused();
  const box = (await studio.button(/^Unwanted hill/).boundingBox())!;
  await page.mouse.move(box.x + 15, box.y + 15);
  await page.mouse.down();
  await page.mouse.move(box.x + 15, box.y + 95, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/labunwanted=-1.7%2C-0\.\d/);

  await page.getByRole('button', { name: 'Compare with' }).click();
  await page.getByRole('option', { name: /^GRPO/ }).click();
  await expect(page.locator('.plane')).toHaveCount(2);
  await studio.button('Gradients').click();
  await expect(page.getByRole('region', { name: 'Gradients of the methods' })).toContainText('% of the longest');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id} at ${v.nodes.map((n) => n.target).join(', ')}`)).toEqual([]);

  await page.reload();
  await expect(page.locator('.plane')).toHaveCount(2);
  await expect(studio.button(/^Wanted hill, at 1.7, 0.1/).first()).toBeVisible();
  expect(errors).toEqual([]);
});

test('own data is drawn with the pen and the keyboard, embedded in another site’s page where nothing can be stored', async ({
  page,
  baseURL,
}) => {
  const errors = collectErrors(page);
  await page.addInitScript(`if (window !== window.top) {
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });
    Object.defineProperty(window, 'indexedDB', { get: () => undefined });
  }`);
  await page.setViewportSize({ width: 390, height: 844 });
  const course = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><title>Course</title><iframe src="${baseURL}?embed=laboratory" style="border:0;width:100%;height:820px"></iframe>`,
    );
  });
  await new Promise<void>((resolve) => course.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://127.0.0.1:${(course.address() as AddressInfo).port}/`);
  const frame = page.frameLocator('iframe');
  await expect(frame.getByText('The network has learned the data.')).toBeAttached();
  await expect(frame.getByRole('navigation', { name: 'Places' })).toHaveCount(0);
  await frame.getByRole('button', { name: 'Draw your own' }).click();
  const pen = frame.getByRole('button', { name: /^Pen/ });
  await pen.focus();
  await pen.press('Enter');
  for (let i = 0; i < 4; i++) await pen.press('ArrowUp');
  await pen.press('Enter');
  await expect(frame.getByText(/^Draw on the plane.* 2 of 80 spots/)).toBeVisible();
  await frame.getByRole('button', { name: 'Learn it' }).click();
  await expect(frame.getByRole('button', { name: 'Draw on' })).toBeVisible();
  await expect(frame.getByText('The network has learned the data.')).toBeAttached();
  await frame.getByRole('button', { name: 'One update' }).click();
  await expect(frame.getByTestId('lab-step')).toHaveText('1');
  expect(errors).toEqual([]);
  course.closeAllConnections();
  course.close();
});
