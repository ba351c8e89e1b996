import './testing';
import { expect, it } from 'vitest';
import { write } from './database';
import {
  getLatents,
  getPicture,
  listPictureSets,
  pictureNames,
  putLatents,
  putPicture,
  removePictures,
  setCaption,
} from './pictures';
import type { PictureRecord } from './records';

const picture = (set: string, name: string, changes: Partial<PictureRecord> = {}): PictureRecord => ({
  ...{ version: 1, set, name, caption: name, hash: `hash of ${name}`, file: Uint8Array.of(1, 2) },
  ...changes,
});

it('sets are there with their pictures, in order, and captions can be changed', async () => {
  expect(await listPictureSets()).toEqual([]);
  for (const name of ['b.png', 'a.png', 'ä.png', 'B.png']) await putPicture(picture('photos', name));
  await putPicture(picture('photos 2', 'x.png'));
  expect(await listPictureSets()).toEqual([
    { name: 'photos', count: 4 },
    { name: 'photos 2', count: 1 },
  ]);
  expect(await pictureNames('photos')).toEqual(['B.png', 'a.png', 'b.png', 'ä.png']);
  await setCaption('photos', 'a.png', 'a red cat');
  expect(await getPicture('photos', 'a.png')).toEqual(picture('photos', 'a.png', { caption: 'a red cat' }));
  await expect(setCaption('photos', 'gone.png', 'x')).rejects.toThrow(
    '“gone.png” of the set “photos” is no longer here',
  );
  await write(['picture', 'photos', 'broken.png'], { ...picture('photos', 'broken.png'), caption: 3 });
  await expect(getPicture('photos', 'broken.png')).rejects.toThrow('The stored picture “broken.png”');
  await removePictures('photos', 'broken.png');
  expect(await pictureNames('photos')).toHaveLength(4);
});

it('latents belong to one picture and one base, and go with them', async () => {
  const [a, b] = [picture('set', 'a.png'), picture('set', 'b.png')];
  for (const record of [a, b]) {
    await putPicture(record);
    await putLatents(record, 'mini', Float32Array.of(1, 2));
  }
  expect(await getLatents(a, 'mini')).toEqual(Float32Array.of(1, 2));
  expect(await getLatents(a, 'another base')).toBeUndefined();
  expect(await getLatents({ ...a, hash: 'another picture' }, 'mini')).toBeUndefined();
  await removePictures('set', 'a.png');
  expect(await pictureNames('set')).toEqual(['b.png']);
  expect(await getLatents(a, 'mini')).toBeUndefined();
  expect(await getLatents(b, 'mini')).toBeDefined();
  await removePictures('set');
  expect(await getLatents(b, 'mini')).toBeUndefined();
  expect(await pictureNames('set')).toEqual([]);
});
