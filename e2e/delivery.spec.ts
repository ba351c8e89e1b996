/** @file How the page reaches a user: from a sub-path, over a connection that breaks, and then without a network. */

import { expect, test } from '@playwright/test';
import { SiteServer } from './site-server';
import { collectErrors, NANO, StudioPage } from './studio-page';

test('from a sub-path: a broken download goes on where it ended, then the run goes on offline', async ({ page }) => {
  const site = await SiteServer.below('/some/sub-path/');
  try {
    const studio = new StudioPage(page, site.url);
    await studio.open('align', NANO);
    await studio.waitForBundle();
    site.breakOff(/vae.*\.safetensors$/, 100_000);
    await studio.align();
    await studio.message(/The download of vae\/.* broke off at 0\.1 of 0\.3 MB .* what has arrived is kept/);
    expect(site.startsOfBroken.slice(0, 2)).toEqual([0, 100_000]);

    const asked = page.waitForRequest((request) => /vae.*\.safetensors$/.test(request.url()));
    site.heal();
    await studio.button('Try again').click();
    expect(await (await asked).headerValue('range')).toBe('bytes=100000-');
    await studio.waitForStep(1);
    await studio.button('Pause').click();
    await expect(studio.state).toContainText('Paused');
    const kept = await studio.step();

    await studio.waitForOffline(true);
    await site.close();
    const errors = collectErrors(page);
    await page.reload();
    await expect(page.getByText(`stopped at step ${kept} of 500`)).toBeVisible();
    await studio.button(/^Go on with/).click();
    await studio.waitForStep(kept + 1);
    await studio.place('Library').click();
    await expect(page.getByText('used in this browser')).toBeVisible();
    expect(errors.filter((error) => !error.startsWith('Failed to load resource'))).toEqual([]);
  } finally {
    await site.close();
  }
});

test('the Content-Security-Policy names no foreign origin and is never violated', async ({ page }) => {
  await page.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(window, { violations });
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`),
    );
  });
  const studio = new StudioPage(page);
  await studio.open();
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  const directives = new Map(
    policy!.split(';').map((part) => [part.trim().split(' ')[0], part.trim().split(' ').slice(1)]),
  );
  expect(directives.get('default-src')).toEqual(["'self'"]);
  expect(directives.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  for (const [name, sources] of directives) {
    for (const source of sources) {
      expect(["'self'", "'none'", "'wasm-unsafe-eval'", 'blob:', 'data:'], `${name} ${source}`).toContain(source);
    }
  }
  for (const place of ['Compare', 'Library', 'Learn', 'Align'] as const) {
    await studio.place(place).click();
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeAttached();
  }
  await studio.button('Find a command').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await studio.button('All settings').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([]);
});
