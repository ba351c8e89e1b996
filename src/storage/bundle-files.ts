/**
 * @file Files of base bundles, kept for visits without a network. A file is stored under its sha256, so bundles share
 * what they have in common and a changed bundle is fetched only where it changed; the pieces of a broken download are
 * stored as they arrive and go when the file is whole.
 */
import { below, promisifyRequest, read, readAll, remove, transact, write } from './database';

export async function getBundleFile(sha256: string): Promise<Blob | undefined> {
  const value = await read(['file', sha256]);
  return value instanceof Blob ? value : undefined;
}

/** Bytes kept of a file: all of it, or the pieces that have arrived. */
export async function bundleBytesKept(sha256: string): Promise<number> {
  const file = await getBundleFile(sha256);
  return file ? file.size : (await getParts(sha256)).reduce((sum, part) => sum + part.size, 0);
}

/** Pieces of a file from its beginning on, in order. */
export async function getParts(sha256: string): Promise<Blob[]> {
  return (await readAll('part', sha256)).filter((part) => part instanceof Blob);
}

export async function putPart(sha256: string, index: number, part: Blob): Promise<void> {
  await write(['part', sha256, index], part);
}

export async function removeParts(sha256: string): Promise<void> {
  await remove('part', sha256);
}

/** Stores a whole file in place of its pieces. */
export async function putBundleFile(sha256: string, file: Blob): Promise<void> {
  await transact('readwrite', async (records) => {
    records.put(file, ['file', sha256]);
    await promisifyRequest(records.delete(below('part', sha256)));
  });
}

export async function removeBundleFile(sha256: string): Promise<void> {
  await remove('file', sha256);
}

/** The text of a bundle.json as it was last fetched from `address`. */
export async function getManifest(address: string): Promise<string | undefined> {
  const value = await read(['manifest', address]);
  return typeof value === 'string' ? value : undefined;
}

export async function putManifest(address: string, text: string): Promise<void> {
  await write(['manifest', address], text);
}
