/**
 * @file What the page takes in the browser: until its first picture, to react to a key, and at once while it trains.
 * The tests assert the order of these events, which holds on any machine; the seconds are for this one.
 */

import { expect, test } from '@playwright/test';
import { NANO, StudioPage } from '../../e2e/studio-page';
import { significant, table } from '../table';

test('page', async ({ page }) => {
  await page.addInitScript(() => {
    const marks = { picture: 0, key: 0, longest: 0 };
    Object.assign(window, { marks });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) marks.longest = Math.max(marks.longest, duration);
    }).observe({ type: 'longtask' });
    const { putImageData } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.putImageData = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
      putImageData.apply(this, args as Parameters<typeof putImageData>);
      if (marks.picture === 0) requestAnimationFrame(() => (marks.picture ||= performance.now()));
    };
    addEventListener(
      'keydown',
      ({ timeStamp }) => requestAnimationFrame(() => requestAnimationFrame((now) => (marks.key = now - timeStamp))),
      { once: true, capture: true },
    );
  });
  const marks = () => page.evaluate(() => (window as unknown as { marks: Record<string, number> }).marks);
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, steps: '6', every: '3' });
  await studio.waitForBundle();
  await studio.noiseLevel.press('ArrowRight');
  await expect.poll(async () => (await marks()).key).toBeGreaterThan(0);
  const { picture, key } = await marks();

  await studio.align();
  await studio.waitForStep(1);
  await page.evaluate(() => {
    (window as unknown as { marks: Record<string, number> }).marks.longest = 0;
  });
  await expect(studio.state).toContainText('Finished');
  const { longest } = await marks();
  const rows = Object.entries({
    'first picture of the recorded run': picture,
    'a key until the next frame shows it': key,
    'longest task while nano trains': longest,
  });
  console.log(
    `\n${table(
      ['page', 'ms'],
      rows.map(([name, ms]) => [name, longest === ms && ms === 0 ? 'below 50' : significant(ms)]),
    )}`,
  );
});
