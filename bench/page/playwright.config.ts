/** @file `npm run bench -- page`: the browser and the server of the end-to-end tests, for measuring. */
import { defineConfig } from '@playwright/test';
import tests from '../../playwright.config';

export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: 'page.ts',
  outputDir: '../../test-results/bench',
  reporter: [['dot']],
  workers: 1,
  webServer: { ...tests.webServer, cwd: '../..' } as typeof tests.webServer,
});
