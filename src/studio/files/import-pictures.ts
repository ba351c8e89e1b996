/**
 * @file Takes in pictures to train from: a folder or files that were dropped or chosen become a stored set. One picture is
 * decoded at a time; what cannot be read is named and left.
 */
import { UserError } from '../../errors';
import { decodeUtf8 } from '../../formats/utf8';
import { sha256Hex } from '../../models/bundle';
import { coverOf } from '../../pictures/cover';
import { HEAD_BYTES, MAX_PIXELS, tooManyPixels, whyNoPicture } from '../../pictures/kinds';
import { listPictures, noPictures, sentencesOf } from '../../pictures/list-pictures';
import { listPictureSets, putPicture } from '../../storage/pictures';
import { pngOfPicture } from '../pictures/png-picture';
import { describeBundle } from '../remote/bundle';
import { getState, notify, setFields, useStudio } from '../state/store';
import type { DroppedFile } from './dropped-file';

/** What a set is called whose files came without a folder. */
const LOOSE = 'pictures';

/**
 * Stores the pictures among the files, those of a folder as the set of its name; a set of that name gets more pictures.
 * @throws UserError where none of them can be read, or the browser has no room: those stored before it stay
 */
export async function importPictures(files: readonly DroppedFile[]): Promise<void> {
  if (getState().adding) throw new UserError('Other pictures are still being read: wait until they are there.');
  const { set, inside } = setOf(files);
  const adding = (done: number, total: number) => useStudio.setState({ adding: { set, done, total } });
  adding(0, inside.size);
  let count = 0;
  try {
    if (!getState().bundle) await describeBundle();
    const { imageWidth: width, imageHeight: height } = getState().bundle!;
    const fileOf = (name: string) => inside.get(name)!;
    const listing = await listPictures(set, {
      names: [...inside.keys()],
      whyNot: async (name) => whyNoPicture(new Uint8Array(await fileOf(name).slice(0, HEAD_BYTES).arrayBuffer())),
      readText: async (name) => decodeUtf8(new Uint8Array(await fileOf(name).arrayBuffer()), name),
    });
    const { skipped } = listing;
    for (const [done, { name, caption }] of listing.files.entries()) {
      adding(done, listing.files.length);
      const data = await decode(fileOf(name), width, height);
      if (typeof data === 'string') {
        skipped.push({ name, why: data });
        continue;
      }
      const hash = await sha256Hex(new Uint8Array(data.buffer));
      await putPicture({ version: 1, set, name, caption, hash, file: await pngOfPicture({ width, height, data }) });
      count++;
    }
    if (count === 0) throw noPictures(set, skipped);
    const stored = (await listPictureSets()).find(({ name }) => name === set)!;
    const now = stored.count > count ? `, which now has ${stored.count}` : '';
    notify('info', [`${count} pictures are in the set “${set}”${now}.`, ...sentencesOf(skipped)].join(' '));
    if (!getState().live) setFields({ images: set, place: 'align' });
  } finally {
    useStudio.setState(({ libraryVersion }) => ({ adding: null, libraryVersion: libraryVersion + 1 }));
  }
}

/** The files of the first folder there is, else the loose ones, by name. */
function setOf(files: readonly DroppedFile[]): { set: string; inside: Map<string, File> } {
  const folder = files.find(({ path }) => path.includes('/'))?.path.split('/')[0];
  const prefix = folder === undefined ? '' : `${folder}/`;
  const own = files.filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'));
  return { set: folder ?? LOOSE, inside: new Map(own.map(({ path, file }) => [path.slice(prefix.length), file])) };
}

/** RGBA at the base's size, upright and over white; a string says why there is none, and follows the name. */
async function decode(file: Blob, width: number, height: number): Promise<Uint8ClampedArray<ArrayBuffer> | string> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return 'it is damaged, or too large for this browser';
  }
  try {
    if (bitmap.width * bitmap.height > MAX_PIXELS) return tooManyPixels(bitmap.width, bitmap.height);
    return coverOf(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}
