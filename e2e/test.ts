/** @file The `test` of every spec: what a page measured is kept for the tests that follow. */
import { test as base } from '@playwright/test';
import { keepKernels } from './kernels';

export * from '@playwright/test';
export const test = base.extend<{ kernels: undefined }>({
  kernels: [
    async ({ page }, use) => {
      await use(undefined);
      if (!page.isClosed() && page.url().startsWith('http')) await keepKernels(page);
    },
    { auto: true },
  ],
});
