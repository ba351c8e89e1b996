/**
 * @file Where a bundle's files come from: one small interface over a folder, dropped files, memory or the network.
 *
 * Everything that reads model files takes a `FileSource`, so the same readers run in page, worker and Node.
 * Paths are relative to the bundle, with forward slashes: `transformer/config.json`.
 */
import { UserError } from '../errors';
import { shown } from '../shown';
import { parseJson } from './json';
import { decodeUtf8 } from './utf8';

export interface FileSource {
  /** What to call this source in a sentence, e.g. the folder's path. */
  describe: string;
  /** Size of the file in bytes, undefined where there is none. */
  size(path: string): Promise<number | undefined>;
  /** Paths of all files below a folder (`transformer`), relative to it and in order; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /**
   * Bytes [begin, end) of the file, by default all of it. A missing file, and a range the file does not hold, is a
   * `UserError` that names it.
   */
  read(path: string, begin?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Of the paths of all files those below a folder, as `list` gives them. */
export function pathsBelow(folder: string, paths: Iterable<string>): string[] {
  const begin = `${folder}/`;
  const inside = [...paths].filter((path) => path.startsWith(begin));
  return inside.map((path) => path.slice(begin.length)).sort();
}

/** The error of every source for a file it lacks. */
export function missingFile(describe: string, path: string): UserError {
  return new UserError(`${describe}: file ${shown(path)} is missing.`);
}

/** The error of every source for a range beyond the end of a file. */
export function shortFile(describe: string, path: string, size: number, end: number): UserError {
  return new UserError(
    `${describe}: file ${shown(path)} has ${size} bytes, expected at least ${end}; is it truncated?`,
  );
}

/**
 * Files held in memory or dropped on the page (`File` is a `Blob`: it is read only where asked).
 *
 * @param describe what to call it in a sentence
 * @param files content by path relative to the bundle
 */
export function memorySource(describe: string, files: Record<string, Uint8Array | Blob | string>): FileSource {
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, toBlob(content)]));
  return {
    describe,
    size: async (path) => contents.get(path)?.size,
    list: async (folder) => pathsBelow(folder, contents.keys()),
    read: async (path, begin = 0, end) => {
      const blob = contents.get(path);
      if (!blob) throw missingFile(describe, path);
      const stop = end ?? blob.size;
      if (stop > blob.size) throw shortFile(describe, path, blob.size, stop);
      return new Uint8Array(await blob.slice(begin, stop).arrayBuffer());
    },
  };
}

/**
 * The text of a UTF-8 file.
 * @throws UserError where it is missing or not UTF-8
 */
export async function readText(source: FileSource, path: string): Promise<string> {
  return decodeUtf8(await source.read(path), nameIn(source.describe, path));
}

/**
 * The value of a JSON file.
 * @throws UserError where it is missing or not what `parseJson` reads
 */
export async function readJson(source: FileSource, path: string): Promise<unknown> {
  return parseJson(await source.read(path), nameIn(source.describe, path));
}

/** What to call a file of a source in a sentence: `mini-flux: vae/config.json`. */
export function nameIn(describe: string, path: string): string {
  return `${describe}: ${shown(path)}`;
}

function toBlob(content: Uint8Array | Blob | string): Blob {
  return content instanceof Blob ? content : new Blob([content as Uint8Array<ArrayBuffer> | string]);
}
