/** @file The base of the user's own that was used last: where its files are, as the browser's handles of them. */
import type { BundleOptions } from '../models/bundle';
import { read, remove, write } from './database';

export interface OwnBaseRecord {
  version: 1;
  name: string;
  options?: BundleOptions;
  /** What was dropped or chosen. */
  handles: FileSystemHandle[];
  /** Each file's path in the bundle, the handle it came with, and its path inside of that where it is a folder. */
  files: { path: string; handle: number; within: string }[];
}

/** null where none is remembered, or the record is another version's. */
export async function loadOwnBase(): Promise<OwnBaseRecord | null> {
  const record = (await read(['own-base'])) as OwnBaseRecord | undefined;
  return record?.version === 1 ? record : null;
}

export const saveOwnBase = (record: OwnBaseRecord): Promise<void> => write(['own-base'], record);
export const forgetOwnBase = (): Promise<void> => remove('own-base');
