import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dirSource } from '../formats/dir-source';
import { bundleHash, openBundle } from './bundle';
import { foreignLoraWarning, nameOfBase, trainedElsewhere } from './known-bases';

const VERSION_1 = '59eab2c3e08708f2b6c3a23a5cb1eafd2ad7ca2ae1c20a5d2ebfc25678ce829b';
const base = { name: 'mini-flux', version: 2, hash: 'ab'.repeat(32) };

it('knows the base that ships by its name and version', async () => {
  const bundle = await openBundle(dirSource(fileURLToPath(new URL('../../public/bundles/mini-flux', import.meta.url))));
  expect(nameOfBase(await bundleHash(bundle))).toBe(`mini-flux version ${bundle.manifest.version}`);
});

it('tells a run of version 1 from one of the base in use, by name', () => {
  expect(trainedElsewhere('runs/a', VERSION_1, base)).toBe(
    'runs/a was trained on mini-flux version 1, this is mini-flux version 2',
  );
  expect(trainedElsewhere('runs/a', 'cd'.repeat(32), base)).toContain('another base (sha256 cdcdcdcdcdcd…)');
  expect(trainedElsewhere('runs/a', base.hash, base)).toBeNull();
});

it('warns of a LoRA of another base, and not where nothing says where it is from', () => {
  expect(foreignLoraWarning('x.safetensors', VERSION_1, base)).toMatch(/mini-flux version 1, .* fits and is used, but/);
  expect(foreignLoraWarning('x.safetensors', undefined, base)).toBeNull();
  expect(foreignLoraWarning('x.safetensors', base.hash, base)).toBeNull();
});
