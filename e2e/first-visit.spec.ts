/** @file A first visit: a useful picture soon, little code, nothing from elsewhere, and a page that works offline. */
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, type Locator, type Response, test } from '@playwright/test';
import { collectErrors, NANO, StudioPage } from './studio-page';

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
  await expect(page.locator('.timeline .badge')).toHaveText('recorded run “Make it 3D”');
  // The last thing that a visit asks for by itself.
  await studio.waitForOffline();
  expect([...origins].filter(Boolean)).toEqual([new URL(page.url()).origin]);
  expect(errors).toEqual([]);
});

test('the first screen: what this is, before and after, two ways on, and whose pictures they are', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const first = page.locator('.showcase');
  await expect(first.getByRole('heading', { level: 2 })).toBeVisible();
  await expect(first).toContainText(
    'Recorded run “Make it 3D”, 12 updates, made earlier: nothing is computed here yet.',
  );
  await studio.waitForBundle();
  await expect(studio.button(/^Try it \(downloads .* MB once\)/)).toBeEnabled();
  await studio.settled();
  /** Whether all of it is seen without scrolling. */
  const isInView = (locator: Locator) =>
    locator.evaluateAll((elements) =>
      elements.every((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return top >= 0 && bottom <= document.querySelector('.scrubber')!.getBoundingClientRect().top;
      }),
    );
  const pictures = first.locator('canvas.picture:visible');
  await expect(pictures).toHaveCount(12);
  expect(await isInView(pictures)).toBe(true);
  expect(await isInView(first.getByRole('link', { name: 'Learn how' }))).toBe(true);

  await studio.button('Pixel art').click();
  await expect(first).toContainText('Recorded run “Pixel art”, 12 updates, made earlier');
  await expect(page.locator('.samples .badge')).toHaveText('recorded run “Pixel art”');
  await expect(first).toContainText('“pixel art” before and 44 % after');
  await expect(page.getByText('Stops at 12 updates')).not.toContainText('You ask for');
  await page.getByLabel('Training steps').fill('40');
  await expect(page.getByText('Stops at 12 updates')).toContainText('You ask for 40.');
  await studio.button('Make it 3D').click();
  await expect(first).toContainText('Recorded run “Make it 3D”');
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('.prompts-on-paper').first()).toContainText('crystal ball, fire engine, octopus');
  await page.emulateMedia({ media: null });

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await isInView(pictures)).toBe(true);
  await expect(studio.button(/^Align \(downloads/)).toBeInViewport();
  const small = await page
    .locator(
      'main :is(button, a, input, summary, [role=slider]):visible, .head a, .head button, .scrubber button:visible',
    )
    .evaluateAll((targets) =>
      targets
        .filter((target) => target.getBoundingClientRect().height < 43.5)
        .map((target) => target.textContent || target.getAttribute('aria-label')),
    );
  expect(small).toEqual([]);

  await first.getByRole('link', { name: 'Learn how' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Learn' })).toBeAttached();
});

test('a start says what it does, can be called off at any moment and leaves nothing; its samples come one by one', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open('align', { ...NANO, batch: '1', sprompts: 'owl\ntent\nfox\nbell' });
  await studio.waitForBundle();
  const first = page.locator('.showcase');
  await studio.button(/^Try it/).click();
  await expect(studio.state).toHaveText(/^(Downloading|Opening|Starting|Choosing)/);
  await expect(first).toContainText('your own pictures take its place once they are drawn.');
  await first.getByRole('button', { name: 'Cancel the start' }).click();
  await expect(studio.button(/^Try it/)).toBeEnabled();
  await studio.align();
  const samples = page.locator('.samples canvas.picture:not(.empty)');
  await expect(first).toHaveCount(0);
  await expect.poll(() => samples.count()).toBeGreaterThan(0);
  await studio.button('Cancel the start').click();
  await expect(first).toBeVisible();
  await expect(studio.button(/^Align/)).toBeEnabled();
  await expect(page.getByRole('region', { name: 'Messages' })).toBeEmpty();
  await studio.place('Library').click();
  await expect(page.getByText('Nothing is kept yet')).toBeVisible();
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
  // Once Learn was opened its recorded runs are there too, seen or not.
  await studio.place('Learn').click();
  const kept = () =>
    page.evaluate(async () => {
      const cache = await caches.open('studio-1');
      return (await cache.keys()).filter(({ url }) => url.includes('/recordings/too-long/')).length;
    });
  await expect.poll(kept).toBe(readdirSync('public/recordings/too-long').length);
  await studio.place('Align').click();
  await context.setOffline(true);
  await page.reload();
  await expect(studio.timeline).toBeVisible();
  await studio.place('Library').click();
  await expect(page.getByText('used in this browser')).toBeVisible();
  await page.goto('./#learn?lesson=hacking&part=5');
  await expect(page.getByRole('heading', { name: 'Too long, in pictures' })).toBeVisible();
  await studio.settled();
  await expect(page.locator('main canvas.picture:visible').first()).toBeVisible();
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
