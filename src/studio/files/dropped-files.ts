/** @file The files of a drop. */

import type { DroppedFile } from './dropped-file';
import { from, handleOf } from './file-origin';

/** The files of a drop, folders read to the bottom. What comes from no folder of this computer has no entry. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const dropped = [...transfer.items].map(async (item) => {
    // All of these while the event is handled: afterwards the item is empty.
    const [entry, file, handle] = [item.webkitGetAsEntry(), item.getAsFile(), handleOf(item)];
    const files = entry ? await filesOf(entry) : file ? [{ path: file.name, file }] : [];
    return from(await handle, files);
  });
  return (await Promise.all(dropped)).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<DroppedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: DroppedFile[] = [];
  // A reader hands out at most a hundred entries at a time.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return files;
    for (const inner of entries) files.push(...(await filesOf(inner)));
  }
}
