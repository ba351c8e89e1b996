/**
 * @file The folder that "images" of a run file names: which of its files may be pictures, and their captions. No picture
 * is decoded here.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { UserError } from '../errors';
import { decodeUtf8 } from '../formats/utf8';
import { HEAD_BYTES, whyNoPicture } from '../pictures/kinds';
import { type Listing, listPictures } from '../pictures/list-pictures';
import { quoted } from '../shown';
import { shownPath, whatLiesAt } from './file-errors';
import { projectRoot, readInput } from './inputs';
import { entriesOf } from './results';

export interface PictureFolder extends Listing {
  /** As the run file says it. */
  images: string;
  /** Where it lies. */
  path: string;
}

/** Bytes of the largest file that is read. */
const MAX_BYTES = 2 ** 29;

/**
 * Looks through the folder; only what lies in the folder itself is read.
 * @param runFile from whose folder "images" may be named as well as from the one that the program runs in
 * @throws UserError where there is no such folder, no file in it that may be a picture, or a damaged metadata.jsonl
 */
export async function readPictureFolder(images: string, runFile?: string): Promise<PictureFolder> {
  const path = folderOf(images, runFile);
  const listing = await listPictures(images, {
    names: entriesOf(path).map(({ name }) => name),
    whyNot: (name) => whyNot(join(path, name)),
    readText: (name) => decodeUtf8(readInput(join(path, name), 'Caption'), shownPath(join(path, name))),
  });
  return { images, path, ...listing };
}

/** Named from where the program runs, from the run file's folder, or one of the sets that come with the program. */
function folderOf(images: string, runFile: string | undefined): string {
  const from = isAbsolute(images) ? [] : [...(runFile === undefined ? [] : [dirname(runFile)]), SHIPPED];
  const places = [images, ...from.map((folder) => join(folder, images))];
  const found = places.find((place) => whatLiesAt(place) !== 'nothing');
  if (found === undefined) {
    throw new UserError(
      `The folder of pictures ${quoted(images)} ("images" in the run file) does not exist: name it from the folder you are in, or from the run file's.`,
    );
  }
  if (whatLiesAt(found) !== 'folder') {
    throw new UserError(`"images" names ${shownPath(found)}, which is a file, expected a folder of pictures.`);
  }
  return found;
}

/** Sets of pictures that come with the program, by name. */
const SHIPPED = join(projectRoot, 'public/pictures');

/** Why a file cannot be a picture; null where it may be one. */
function whyNot(path: string): string | null {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return 'it is a folder, and only what lies in the folder itself is read';
    if (!stat.isFile()) return 'it is no file';
    if (stat.size > MAX_BYTES) return `it has ${Math.round(stat.size / 2 ** 20)} MiB, more than ${MAX_BYTES / 2 ** 20}`;
    const file = openSync(path, 'r');
    try {
      const head = new Uint8Array(HEAD_BYTES);
      return whyNoPicture(head.subarray(0, readSync(file, head)));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`;
  }
}
