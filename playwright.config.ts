/**
 * @file Tests of the built page (dist/) in real Chromium with real WebGPU. `npm test` finds or installs the browser and
 * builds the page; by hand: `npm run build && npx playwright test`.
 */
import { defineConfig } from '@playwright/test';
import { HEADLESS, SOFTWARE } from './scripts/browser-args.mjs';

const port = Number(process.env.E2E_PORT ?? 4174);

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  // A test waits for much that takes no processor; two together fill two cores.
  workers: 2,
  fullyParallel: true,
  // A test that passes at its second try only hides what is wrong at the first.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // A software adapter takes seconds for what a GPU does in milliseconds, and minutes where others use the machine too.
  timeout: 900_000,
  expect: { timeout: 240_000 },
  use: {
    baseURL: `http://localhost:${port}/`,
    viewport: { width: 1440, height: 900 },
    actionTimeout: 120_000,
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [...HEADLESS, ...SOFTWARE],
    },
  },
  webServer: {
    command: `node scripts/serve.mjs ${port}`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: false,
    timeout: 30_000,
  },
});
