/** @file What goes wrong while training: the device is lost, the browser is killed, the page must stay responsive. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
import { NANO, StudioPage } from './studio-page';

test('a device destroyed mid-run is opened again and training goes on', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, steps: '8' });
  await studio.align();
  await studio.waitForStep(2);
  await page.evaluate(() => dispatchEvent(new Event('studio-test-destroy-device')));
  await studio.message(/graphics device is back/);
  await expect(studio.state).toContainText('Finished', { timeout: 180_000 });
  const steps = await studio.chart('Reward').locator('tbody tr').count();
  expect(steps).toBe(8);
});

test('the page thread is never blocked over 50 ms while training', async ({ page }) => {
  await page.addInitScript(() => {
    const seen: number[] = [];
    Object.assign(window, { longTasks: seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, steps: '6' });
  await studio.align();
  await studio.waitForStep(1);
  await page.evaluate(() => {
    (window as unknown as { longTasks: number[] }).longTasks.length = 0;
  });
  await expect(studio.state).toContainText('Finished', { timeout: 180_000 });
  const longTasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  expect(longTasks).toEqual([]);
});

test('killing the browser process loses at most one step', async ({ baseURL }, info) => {
  const profile = mkdtempSync(join(tmpdir(), 'studio-profile-'));
  const { executablePath, args } = info.project.use.launchOptions!;
  const launch = () => chromium.launchPersistentContext(profile, { executablePath, args, baseURL });
  try {
    let context = await launch();
    let studio = new StudioPage(context.pages()[0]);
    await studio.open('align', { ...NANO, steps: '30' });
    await studio.align();
    await studio.waitForStep(3);
    const cdp = await context.browser()?.newBrowserCDPSession();
    const session = cdp ?? (await context.newCDPSession(context.pages()[0]));
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
      processInfo: { type: string; id: number }[];
    };
    const done = await studio.step();
    process.kill(processInfo.find((p) => p.type === 'browser')!.id, 'SIGKILL');
    await context.close().catch(() => {});

    context = await launch();
    studio = new StudioPage(context.pages()[0]);
    await studio.open('align', NANO);
    const text = await studio.page.getByText(/stopped at step \d+ of 30/).textContent();
    const kept = Number(text!.match(/step (\d+) of/)![1]);
    expect(kept).toBeGreaterThanOrEqual(done - 1);
    await studio.button(/^Go on with/).click();
    await studio.waitForStep(kept + 1);
    await context.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});
