import { defineConfig } from '@playwright/test';
export default defineConfig({ testDir: '/work/wt/lessons/e2e', timeout: 240000, expect: { timeout: 120000 }, workers: 1, reporter: 'list', outputDir: '/tmp/pw-out',
  use: { baseURL: 'http://localhost:5199/', bypassCSP: true, launchOptions: { executablePath: process.env.CHROMIUM_PATH, args: ['--no-sandbox'] } } });
