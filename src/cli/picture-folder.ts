/**
 * @file The folder that "images" of a run file names: which of its files may be pictures, and their captions. No picture
 * is decoded here.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { UserError } from '../errors';
import { decodeUtf8 } from '../formats/utf8';
import { captionOf, METADATA, parseMetadata, stemOf } from '../pictures/captions';
import { HEAD_BYTES, whyNoPicture } from '../pictures/kinds';
import { quoted, showList, shown } from '../shown';
import { shownPath, whatLiesAt } from './file-errors';
import { projectRoot, readInput } from './inputs';
import { entriesOf } from './results';

/** A file that may be a picture. */
export interface PictureFile {
  name: string;
  path: string;
  caption: string;
}

/** A file that is not trained from, and why: it follows the name in a sentence. */
export interface SkippedFile {
  name: string;
  why: string;
}

export interface PictureFolder {
  /** As the run file says it. */
  images: string;
  /** In the order of their names, which is that of their indices. */
  files: PictureFile[];
  skipped: SkippedFile[];
}

/** Bytes of the largest file that is read. */
const MAX_BYTES = 2 ** 29;

/**
 * Looks through the folder. Files that begin with a dot, and captions, are passed over without a word.
 * @param runFile from whose folder "images" may be named as well as from the one that the program runs in
 * @throws UserError where there is no such folder, no file in it that may be a picture, or a damaged metadata.jsonl
 */
export function readPictureFolder(images: string, runFile?: string): PictureFolder {
  const folder = folderOf(images, runFile);
  const names = entriesOf(folder)
    .map(({ name }) => name)
    .filter((name) => !/^\.|^(thumbs\.db|desktop\.ini)$/i.test(name))
    .sort((a, b) => (a < b ? -1 : 1));
  const listed = names.includes(METADATA) ? readMetadata(join(folder, METADATA)) : new Map<string, string>();
  const skipped: SkippedFile[] = [];
  const pictures: string[] = [];
  /** NAME.txt by NAME. */
  const texts = new Map<string, string>();
  for (const name of names) {
    if (name === METADATA) continue;
    if (/\.txt$/i.test(name)) texts.set(stemOf(name), name);
    const why = whyNot(join(folder, name));
    if (why === null) pictures.push(name);
    else skipped.push({ name, why });
  }
  const stems = new Set(pictures.map(stemOf));
  const files = pictures.flatMap((name) => {
    const path = join(folder, name);
    try {
      const text = texts.get(stemOf(name));
      const caption = captionOf(name, text && readText(join(folder, text)), listed);
      return [{ name, path, caption }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      skipped.push({ name, why: `its caption cannot be used: ${error.message.replace(/\.$/, '')}` });
      return [];
    }
  });
  const others = skipped.filter(({ name }) => !(/\.txt$/i.test(name) && stems.has(stemOf(name))));
  if (files.length === 0) throw noPictures(images, others);
  return { images, files, skipped: others };
}

/** Where nothing in the folder can be trained from. */
export function noPictures(images: string, skipped: readonly SkippedFile[]): UserError {
  const [first] = skipped;
  const found = first ? `: ${shown(first.name)} is skipped, ${first.why}` : ', it is empty';
  const more = skipped.length > 1 ? `, and so are ${skipped.length - 1} more` : '';
  return new UserError(
    `The folder of pictures ${quoted(images)} holds no PNG, JPEG or WebP that can be read${found}${more}.`,
  );
}

/** Files that are named one by one; the others follow in one sentence. */
const NAMED = 5;

/** One sentence for each of the first skipped files, and one for all others. */
export function sentencesOf(skipped: readonly SkippedFile[]): string[] {
  const rest = skipped.slice(NAMED).map(({ name }) => name);
  return [
    ...skipped.slice(0, NAMED).map(({ name, why }) => `${shown(name)} is skipped: ${why}.`),
    ...(rest.length > 0 ? [`${rest.length} more files are skipped: ${showList(rest, 5)}.`] : []),
  ];
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

const readText = (path: string): string => decodeUtf8(readInput(path, 'Caption'), shownPath(path));
const readMetadata = (path: string) => parseMetadata(readText(path), shownPath(path));

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
