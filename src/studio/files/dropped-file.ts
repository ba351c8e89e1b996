/** @file A file that was dropped or chosen. */
import type { BundleOptions } from '../../models/bundle';
import type { BundleLocation } from '../../worker/protocol';

/** Where a file was taken from: what was dropped or chosen, and the path inside where that is a folder, else ''. */
export interface FileOrigin {
  handle: FileSystemHandle;
  path: string;
}

/** A file and its path inside the folder it came with. */
export interface DroppedFile {
  path: string;
  file: File;
  /** Where a later visit finds it; not of every browser. */
  from?: FileOrigin;
}

/** These files as a bundle, for the worker. */
export const locationOf = (
  name: string,
  files: readonly DroppedFile[],
  options?: BundleOptions,
): Extract<BundleLocation, { kind: 'files' }> => ({
  ...{ kind: 'files', name, options },
  files: files.map(({ path, file }) => ({ path, file })),
});
