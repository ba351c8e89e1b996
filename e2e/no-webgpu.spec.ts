/** @file Visits where WebGPU is missing: the recorded run plays, and one sentence says what is missing. */

import { expect, test } from '@playwright/test';
import { StudioPage } from './studio-page';

const CASES: { name: string; script: string; sentence: RegExp }[] = [
  {
    name: 'no navigator.gpu',
    script: `Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })`,
    sentence: /This browser has no WebGPU/,
  },
  {
    name: 'insecure context',
    script: `Object.defineProperty(window, 'isSecureContext', { get: () => false })`,
    sentence: /opened over plain HTTP/,
  },
  {
    name: 'no adapter',
    script: `GPU.prototype.requestAdapter = async () => null`,
    sentence: /found no graphics adapter/,
  },
  {
    name: 'limits too small',
    script: `GPU.prototype.requestAdapter = async () => ({ limits: { maxStorageBufferBindingSize: 2 ** 27, maxStorageBuffersPerShaderStage: 4, maxComputeInvocationsPerWorkgroup: 128 } })`,
    sentence: /maxStorageBuffersPerShaderStage is 4/,
  },
];

for (const { name, script, sentence } of CASES) {
  test(`${name}: says so, plays the recorded run, offers no training`, async ({ page }) => {
    await page.addInitScript(script);
    const studio = new StudioPage(page);
    await studio.open();
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(studio.timeline).toBeVisible();
    await expect(studio.button(/^Align/)).toBeDisabled();
    // The recorded run plays by itself: the training step moves.
    await expect.poll(async () => Number(await studio.trainingStep.getAttribute('aria-valuenow'))).toBeGreaterThan(1);
    await studio.trainingStep.press('Home');
    await expect(studio.trainingStep).toHaveAttribute('aria-valuetext', /before training/);
    // The step's pictures are fetched when they are looked at.
    await expect(page.locator('.timeline-title')).toContainText('before training');
    const before = await studio.picturesHash();
    await studio.trainingStep.press('End');
    await expect.poll(() => studio.picturesHash()).not.toBe(before);
  });
}
