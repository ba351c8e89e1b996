import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dirSource } from '../formats/dir-source';
import { openBundle } from '../models/bundle';
import { openModel } from './model';
import { PRESET } from './preset';
import { prepareRun } from './trainer';

it('trains on words of the base, none twice, and samples others', async () => {
  const folder = fileURLToPath(new URL('../../public/bundles/mini-flux', import.meta.url));
  const bundle = await openBundle(dirSource(folder));
  const words = (await bundle.readWords()).flat();
  const { prompts, samples, steps, batch } = PRESET;
  expect(prompts.filter((prompt) => !words.includes(prompt))).toEqual([]);
  expect(samples.prompts.filter((prompt) => !words.includes(prompt))).toEqual([]);
  expect(samples.prompts.filter((prompt) => prompts.includes(prompt))).toEqual([]);
  expect(new Set(prompts).size).toBe(prompts.length);
  expect(prompts.length).toBeGreaterThanOrEqual(steps * batch);
  expect(samples.prompts.length).toBeGreaterThanOrEqual(16);
  // Its targets and reward are there.
  await prepareRun(await openModel(bundle), PRESET);
});
