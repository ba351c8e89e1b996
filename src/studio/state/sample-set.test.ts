/** @file The sample set is what the page says of it, and what the words of the base name. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { METADATA, parseMetadata } from '../../pictures/captions';
import { whyNoPicture } from '../../pictures/kinds';
import { SAMPLE_SET } from './sample-set';

it('has as many pictures and bytes as the button says, each with a caption of its own', () => {
  const folder = join('public/pictures', SAMPLE_SET.name);
  const pictures = readdirSync(folder).filter((name) => name !== METADATA);
  expect(pictures).toHaveLength(SAMPLE_SET.count);
  expect(pictures.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBe(SAMPLE_SET.bytes);
  for (const name of pictures) expect(whyNoPicture(readFileSync(join(folder, name)).subarray(0, 64)), name).toBeNull();
  const captions = parseMetadata(readFileSync(join(folder, METADATA), 'utf8'), METADATA);
  expect([...captions.keys()].sort()).toEqual(pictures.sort());
  expect(new Set(captions.values()).size).toBe(SAMPLE_SET.count);
});
