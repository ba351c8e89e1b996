/** @file A first visit: a useful picture soon, little code, nothing from elsewhere, and a page that works offline. */
import { gzipSync } from 'node:zlib';
import { collectErrors, StudioPage } from './studio-page';
import { expect, type Response, test } from './test';

test('shows the recorded run before anything slow begins, reacts at once, and asks no other origin', async ({
  page,
}) => {
  const errors = collectErrors(page);
  const origins = new Set<string>();
  page.on('request', (request) =>
    origins.add(new URL(request.url()).protocol === 'blob:' ? '' : new URL(request.url()).origin),
  );
  await page.addInitScript(() => {
    const order: string[] = [];
    Object.assign(window, { order });
    // What takes long: the browser's graphics process, and the worker, which alone asks for the bundle.
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = function (...args) {
      order.push('adapter');
      return requestAdapter.apply(this, args);
    };
    window.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        order.push('worker');
      }
    };
    const { putImageData } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.putImageData = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
      putImageData.apply(this, args as Parameters<typeof putImageData>);
      if (!order.includes('picture') && (this.canvas as HTMLCanvasElement).closest('.timeline-grid'))
        order.push('picture');
    };
  });
  /** Bytes asked for of each file of weights; all of it where no range is named. */
  const weights: number[] = [];
  page.on('request', (request) => {
    if (!/\.(safetensors|onnx)$/.test(request.url())) return;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers().range ?? '') ?? [];
    weights.push(to === undefined ? Number.POSITIVE_INFINITY : Number(to) - Number(from) + 1);
  });
  const studio = new StudioPage(page);
  await studio.open();
  await expect(studio.timeline).toBeVisible();
  await studio.waitForBundle();
  const order = await page.evaluate(() => (window as unknown as { order: string[] }).order);
  expect(order.slice(0, 3)).toEqual(['picture', 'adapter', 'worker']);
  // The head of a file at most, before a press that names the size of the download.
  expect(weights.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1_000_000);

  await studio.noiseLevel.press('ArrowRight');
  await expect(studio.noiseLevel).toHaveAttribute('aria-valuetext', /sigma 0\.\d\d, reward/);
  await expect(page.locator('.timeline .badge')).toHaveText('recorded run');
  // The last thing that a visit asks for by itself.
  await studio.waitForOffline();
  expect([...origins].filter(Boolean)).toEqual([new URL(page.url()).origin]);
  expect(errors).toEqual([]);
});

test('the first JavaScript is below 250 kB compressed, without onnxruntime and without weights', async ({ page }) => {
  const scripts: Response[] = [];
  const large: string[] = [];
  page.on('response', (response) => {
    const url = response.url();
    // The head of a weight file says what a download would be; that is no weight yet.
    const isHead = response.status() === 206 && Number(response.headers()['content-length']) < 2 ** 18;
    if (/\.(onnx|wasm|safetensors)$/.test(url) && !isHead) large.push(url);
    if (url.endsWith('.js')) scripts.push(response);
  });
  await page.goto('./');
  await expect(page.locator('.timeline-grid')).toBeVisible();
  await page.waitForLoadState('load');
  const loaded = await page.evaluate(() => [...document.querySelectorAll('script, link[rel=modulepreload]')].length);
  expect(loaded).toBeGreaterThan(0);
  // What index.html asks for by itself, before anything is pressed or idle time is used.
  const first = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>('script[src], link[rel=modulepreload]')].map(
      (element) => ('src' in element ? element.src : element.href),
    ),
  );
  const compressed = async (response: Response) => gzipSync(await response.body(), { level: 9 }).length;
  const sizes = await Promise.all(scripts.filter((script) => first.includes(script.url())).map(compressed));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(250_000);
  expect(large).toEqual([]);
});

test('opens without a network after the first visit', async ({ page, context }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(studio.timeline).toBeVisible();
  await studio.waitForOffline();
  await context.setOffline(true);
  await page.reload();
  await expect(studio.timeline).toBeVisible();
  await studio.place('Library').click();
  await expect(page.getByText('used in this browser')).toBeVisible();
});

test('a permalink holds settings, seed and cursor', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const studio = new StudioPage(page);
  await studio.open('align', { seed: '11', steps: '5', prompts: 'owl', more: 'pixel art', sigma: '6' });
  await expect(page.getByLabel('Training steps')).toHaveValue('5');
  await expect(page.getByLabel('Prompts', { exact: true })).toHaveValue('owl');
  await expect(studio.noiseLevel).toHaveAttribute('aria-valuenow', '6');
  await studio.button('Copy link').click();
  await studio.message('The link is on the clipboard');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain('seed=11');
  expect(link).toContain('sigma=6');
});
