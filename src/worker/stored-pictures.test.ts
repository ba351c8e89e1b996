import '../storage/testing';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openModel } from '../align/model';
import { Pipeline } from '../align/pipeline';
import { testGpu } from '../compiler/testing';
import { dirSource } from '../formats/dir-source';
import { encodePng } from '../formats/png';
import { Tuner } from '../gpu/tuner';
import { openBundle, sha256Hex } from '../models/bundle';
import type { TextEncoder } from '../models/text-encoder';
import { fingerprintOf } from '../pictures/source';
import { getPicture, putPicture, removePictures, setCaption } from '../storage/pictures';
import { openStoredPictures } from './stored-pictures';

async function store(set: string, name: string, colour: number): Promise<void> {
  const data = new Uint8ClampedArray(48 * 48 * 4).fill(255).map((v, i) => (i % 4 === 3 ? v : (colour * (i % 4)) % 256));
  const file = encodePng({ width: 48, height: 48, data });
  await putPicture({ version: 1, set, name, caption: `a ${name}`, hash: await sha256Hex(new Uint8Array(data)), file });
}

it('encodes what has not been encoded, and finds the rest again', async () => {
  const model = await openModel(await openBundle(dirSource('public/bundles/nano')));
  const pipeline = new Pipeline(await testGpu(), model, {} as TextEncoder, new Tuner({}, false));
  const open = async (base = 'base') => {
    const encoded: number[] = [];
    const source = await openStoredPictures(pipeline, 'photos', base, (done) => encoded.push(done));
    return { source, encoded };
  };
  expect((await open()).source).toBeNull();
  for (const [i, name] of ['c', 'a', 'b'].entries()) await store('photos', name, 40 + 50 * i);
  const first = await open();
  expect(first.encoded).toEqual([3]);
  const source = first.source!;
  expect([source.count, source.caption(0), source.caption(2)]).toEqual([3, 'a a', 'a c']);
  const records = await Promise.all(['a', 'b', 'c'].map((name) => getPicture('photos', name)));
  expect(source.fingerprint).toBe(await fingerprintOf(records));
  const latents = await source.latents([2, 0]);
  expect(latents).toHaveLength(2 * model.latentSize);
  expect(latents.subarray(0, model.latentSize)).toEqual(await source.latents([2]));
  expect(await source.latents([0])).not.toEqual(await source.latents([2]));

  const again = await open();
  expect(again.encoded).toEqual([]);
  expect(await again.source!.latents([2, 0])).toEqual(latents);
  expect((await open('another base')).encoded).toEqual([3]);
  await store('photos', 'b', 17);
  await setCaption('photos', 'a', 'another caption');
  const changed = await open('another base');
  expect(changed.encoded).toEqual([1]);
  expect(changed.source!.caption(0)).toBe('another caption');
  expect(changed.source!.fingerprint).not.toBe(source.fingerprint);
  await removePictures('photos', 'c');
  await expect(changed.source!.latents([2])).rejects.toThrow('The pictures "photos" are not those');
  pipeline.destroy();
});

it('a picture that is damaged in storage is named', async () => {
  const model = await openModel(await openBundle(dirSource('public/bundles/nano')));
  const pipeline = new Pipeline(await testGpu(), model, {} as TextEncoder, new Tuner({}, false));
  await store('broken', 'a', 3);
  await putPicture({ ...(await getPicture('broken', 'a')), file: new Uint8Array(readFileSync('package.json')) });
  await expect(openStoredPictures(pipeline, 'broken', 'base')).rejects.toThrow('a cannot be read as a PNG picture.');
  pipeline.destroy();
});
