/**
 * @file Where dropped files come from, by the browser's handles. Browsers that have none, and what comes from elsewhere than
 * this computer, give files without.
 */
import type { DroppedFile } from './dropped-file';

/** The handle of what was dropped, null where there is none. To be called while the drop's event is handled. */
export function handleOf(item: DataTransferItem): Promise<FileSystemHandle | null> {
  const dropped = item as { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> };
  return dropped.getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null);
}

/** The files with where they came from: `path` of a folder's begins with its name. */
export const from = (handle: FileSystemHandle | null, files: DroppedFile[]): DroppedFile[] =>
  handle
    ? files.map(({ path, file }) => ({
        ...{ path, file },
        from: { handle, path: handle.kind === 'directory' ? path.slice(handle.name.length + 1) : '' },
      }))
    : files;
