/**
 * @file Where the worker reads a base bundle from: below a URL, kept for visits without a network, or from files that
 * the user dropped.
 *
 * A bundle on the network lists its files with sizes and sha256 in bundle.json. Reading its JSON files and the headers
 * of its weights fetches only those; `download` brings the others, the judge's too, since every run asks it, and from then
 * on all are read from storage.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { type FileSource, memorySource, missingFile, pathsBelow, shortFile } from '../formats/file-source';
import { parseJson } from '../formats/json';
import { parseWith } from '../formats/schema';
import { decodeUtf8 } from '../formats/utf8';
import { bundleFiles, sha256Hex } from '../models/bundle';
import { PATH_LENGTH, shown } from '../shown';
import {
  bundleBytesKept,
  getBundleFile,
  getManifest,
  putManifest,
  removeBundleFile,
  removeParts,
} from '../storage/bundle-files';
import { DownloadError, type DownloadOptions, downloadFile } from './download';
import type { BundleLocation } from './protocol';

/** A file source whose files may have to be fetched first. */
export interface BundleSource extends FileSource {
  /** Bytes of the files that `download` brings, and how many of them need no download. */
  totalBytes: number;
  keptBytes(): Promise<number>;
  /**
   * Fetches and checks every file.
   * @throws DownloadError where the network fails; trying again goes on from there
   */
  download(options?: BundleDownloadOptions): Promise<void>;
}

export interface BundleDownloadOptions extends Omit<DownloadOptions, 'onBytes'> {
  /** Called while `file` is fetched, with the bytes that are here of all files. */
  onProgress?: (file: string, loaded: number, total: number) => void;
}

/** Files up to this size are fetched whole and kept when they are first read. */
const SMALL_BYTES = 2 ** 20;

const manifestSchema = z.looseObject({ files: bundleFiles }, { error: 'an object with files' });

/** @throws UserError where the bundle is not there, or lists no files */
export async function openBundleSource(location: BundleLocation): Promise<BundleSource> {
  return location.kind === 'url' ? openUrl(location.base) : droppedSource(location);
}

function droppedSource({ name, files }: Extract<BundleLocation, { kind: 'files' }>): BundleSource {
  const source = memorySource(name, Object.fromEntries(files.map(({ path, file }) => [path, file])));
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  return { ...source, totalBytes, keptBytes: async () => totalBytes, download: async () => {} };
}

async function openUrl(base: string): Promise<BundleSource> {
  const folder = base.endsWith('/') ? base : `${base}/`;
  const describe = shown(folder.split('/').at(-2)!);
  const json = await fetchManifest(`${folder}bundle.json`, describe);
  const name = `${describe}: bundle.json`;
  if (/^\s*</.test(json)) {
    throw new UserError(`${name} is not valid JSON but a page; is there a bundle at ${shown(folder, PATH_LENGTH)}?`);
  }
  const { files } = parseWith(manifestSchema, parseJson(json, name), name);
  return new UrlSource(folder, describe, new TextEncoder().encode(json), new Map(Object.entries(files)));
}

/** bundle.json from the network, or as it was when there last was one. */
async function fetchManifest(address: string, describe: string): Promise<string> {
  let failure: string;
  try {
    const response = await fetch(address, { cache: 'no-cache' });
    if (response.ok) {
      const text = decodeUtf8(new Uint8Array(await response.arrayBuffer()), `${describe}: bundle.json`);
      await putManifest(address, text).catch(() => {});
      return text;
    }
    failure = `was answered with ${response.status}`;
  } catch (error) {
    if (error instanceof UserError) throw error;
    failure = `cannot be reached (${(error as Error).message})`;
  }
  const kept = await getManifest(address);
  if (kept !== undefined) return kept;
  throw new DownloadError(`bundle.json of ${describe} ${failure}: check the connection and try again.`);
}

class UrlSource implements BundleSource {
  readonly totalBytes: number;
  /** Files that are here, by path. */
  #here = new Map<string, Blob>();

  constructor(
    private readonly folder: string,
    readonly describe: string,
    manifest: Uint8Array<ArrayBuffer>,
    private readonly files: ReadonlyMap<string, { bytes: number; sha256: string }>,
  ) {
    this.#here.set('bundle.json', new Blob([manifest]));
    this.totalBytes = [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async keptBytes(): Promise<number> {
    let kept = 0;
    for (const { bytes, sha256 } of this.files.values()) {
      kept += Math.min(await bundleBytesKept(sha256), bytes);
    }
    return kept;
  }

  async size(path: string): Promise<number | undefined> {
    return this.#here.get(path)?.size ?? this.files.get(path)?.bytes;
  }

  async list(folder: string): Promise<string[]> {
    return pathsBelow(folder, this.files.keys());
  }

  async read(path: string, begin = 0, end?: number): Promise<Uint8Array<ArrayBuffer>> {
    const size = await this.size(path);
    if (size === undefined) throw missingFile(this.describe, path);
    const stop = end ?? size;
    if (stop > size) throw shortFile(this.describe, path, size, stop);
    const file = this.#here.get(path) ?? (await this.#keptOrSmall(path, size));
    const bytes = file ? await file.slice(begin, stop).arrayBuffer() : await this.#fetchRange(path, begin, stop);
    return new Uint8Array(bytes);
  }

  async download({ onProgress = () => {}, ...options }: BundleDownloadOptions = {}): Promise<void> {
    let done = 0;
    for (const [path, { bytes, sha256 }] of this.files) {
      let file = await getBundleFile(sha256);
      if (file && (await sha256Of(file)) !== sha256) {
        // Damaged where it was kept.
        await removeBundleFile(sha256);
        await removeParts(sha256);
        file = undefined;
      }
      file ??= await downloadFile(this.#remote(path), {
        ...options,
        onBytes: (loaded) => onProgress(path, done + loaded, this.totalBytes),
      });
      this.#here.set(path, file);
      done += bytes;
    }
  }

  async #keptOrSmall(path: string, size: number): Promise<Blob | undefined> {
    const { sha256 } = this.files.get(path)!;
    let file = await getBundleFile(sha256);
    if (file?.size !== size) file = undefined;
    if (!file && size <= SMALL_BYTES) file = await downloadFile(this.#remote(path));
    if (file) this.#here.set(path, file);
    return file;
  }

  /** Some bytes of a file that is not here; a server that knows no ranges is stopped once they have come. */
  async #fetchRange(path: string, begin: number, end: number): Promise<ArrayBuffer> {
    if (begin === end) return new ArrayBuffer(0);
    // Kept in pieces until all of it has come: the size is only what a header says.
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    const problem = (reason: string) =>
      new DownloadError(`${shown(path)} of ${this.describe} ${reason}: check the connection and try again.`);
    try {
      const response = await fetch(this.#url(path), { headers: { Range: `bytes=${begin}-${end - 1}` } });
      if (!response.ok || !response.body) throw problem(`was answered with ${response.status}`);
      let at = response.status === 206 ? begin : 0;
      const reader = response.body.getReader();
      while (at < end) {
        const { done, value } = await reader.read();
        if (done) throw problem('broke off');
        pieces.push(value.subarray(Math.max(begin - at, 0), Math.max(Math.min(end - at, value.length), 0)));
        at += value.length;
      }
      void reader.cancel().catch(() => {});
      return await new Blob(pieces).arrayBuffer();
    } catch (error) {
      throw error instanceof UserError ? error : problem(`cannot be reached (${(error as Error).message})`);
    }
  }

  #remote(path: string) {
    return { url: this.#url(path), path, ...this.files.get(path)! };
  }

  #url(path: string): string {
    return this.folder + path.split('/').map(encodeURIComponent).join('/');
  }
}

async function sha256Of(file: Blob): Promise<string> {
  try {
    return await sha256Hex(new Uint8Array(await file.arrayBuffer()));
  } catch {
    // A blob whose bytes the browser lost.
    return '';
  }
}
