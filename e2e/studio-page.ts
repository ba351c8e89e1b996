/** @file What the end-to-end tests do with the page, in the words a user would use. */
import { expect, type Locator, type Page } from '@playwright/test';

/** Settings that keep a nano step short on a software adapter; the run itself is too long to end before it is stopped. */
export const NANO = {
  bundle: 'nano',
  prompts: 'cat face\nred apple',
  sprompts: 'owl\ntent',
  batch: '1',
  rollout: '2',
  steps: '500',
  every: '250',
  keep: '100',
};

export class StudioPage {
  readonly timeline: Locator;
  readonly noiseLevel: Locator;
  readonly trainingStep: Locator;
  readonly state: Locator;

  /** @param base where the page is served; by default the configured address */
  constructor(
    readonly page: Page,
    private readonly base = './',
  ) {
    this.timeline = page.locator('.timeline-grid');
    this.noiseLevel = page.getByRole('slider', { name: 'Noise level' });
    this.trainingStep = page.getByRole('slider', { name: 'Training step' });
    this.state = page.getByTestId('run-state');
  }

  /** Opens a place with these permalink values. */
  async open(place = 'align', settings: Record<string, string> = {}): Promise<void> {
    const query = new URLSearchParams(settings).toString();
    await this.page.goto(`${this.base}#${place}${query ? `?${query}` : ''}`);
    await expect(this.page.getByRole('navigation', { name: 'Places' })).toBeVisible();
  }

  /** Waits until what the open place shows at first is there, pictures included, and nothing moves any more. */
  async settled(): Promise<void> {
    await expect(this.page.locator('main .loading')).toHaveCount(0);
    await expect(this.page.locator('main canvas.picture.empty')).toHaveCount(0);
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      const moving = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      await Promise.all(moving.map(({ finished }) => finished.catch(() => {})));
    });
  }

  place(name: 'Align' | 'Compare' | 'Library' | 'Learn'): Locator {
    return this.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** Waits until the page knows which bundle it would download. */
  async waitForBundle(): Promise<void> {
    await expect(this.page.locator('.loaded .chip').first()).toBeVisible();
  }

  /** Presses Align once the page knows what it would download. */
  async align(): Promise<void> {
    await this.waitForBundle();
    await this.button(/^Align/).click();
  }

  /** Updates done, as the progress line says. */
  async step(): Promise<number> {
    const text = await this.page.getByTestId('step').textContent();
    return Number(text);
  }

  async waitForStep(step: number, timeout?: number): Promise<void> {
    await expect.poll(() => this.step(), { intervals: [100], timeout }).toBeGreaterThanOrEqual(step);
  }

  chart(title: string): Locator {
    return this.page.getByRole('figure', { name: title });
  }

  /** The pixels of the timeline's pictures, as one number that changes when they do. */
  async picturesHash(): Promise<number> {
    return this.page.evaluate(() => {
      let hash = 0;
      for (const canvas of document.querySelectorAll<HTMLCanvasElement>('.timeline canvas')) {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 7) hash = (hash * 31 + data[i]) | 0;
      }
      return hash;
    });
  }

  /**
   * Waits until the service worker keeps what the page has used and the code it may need.
   * @param opened whether the engine has been opened, so that onnxruntime is kept too
   */
  async waitForOffline(opened = false): Promise<void> {
    const missing = () =>
      this.page.evaluate(async (withRuntime) => {
        const page = location.href.split('#')[0];
        const built: string[] = await (await fetch('files.json')).json();
        const code = built
          .filter((file) => withRuntime || !file.endsWith('.wasm'))
          .map((file) => new URL(file, page).href);
        const used = performance.getEntriesByType('resource').map(({ name }) => name);
        const own = used.filter(
          (url) => url.startsWith(page) && !/(files\.json|sw\.js|\.safetensors|\.onnx)$/.test(url),
        );
        const urls = [page, ...code, ...own];
        const kept = await Promise.all(urls.map((url) => caches.match(url, { ignoreVary: true, ignoreSearch: true })));
        return urls.filter((_, i) => !kept[i]);
      }, opened);
    await expect.poll(missing).toEqual([]);
  }

  async message(text: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('region', { name: 'Messages' })).toContainText(text);
  }
}

/** Collects what the page complains about; a test ends with `expect(errors).toEqual([])`. */
export function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return errors;
}

/** Drags files or folders of this computer onto the page. */
export async function drag(page: Page, files: string[]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const at = { x: 300, y: 300, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browser.send('Input.dispatchDragEvent', { type, ...at });
  }
}
