/**
 * @file Handles of the browser's File System Access: with them a later visit reads the same files again, where they are.
 * Loaded with the first use: what every visit needs of them is file-origin.ts.
 */
import { UserError } from '../../errors';
import { shown } from '../../shown';
import type { DroppedFile, FileOrigin } from './dropped-file';
import { from } from './file-origin';

/** What TypeScript's list of the browser's interfaces lacks. */
interface Permitted {
  queryPermission?(options: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>;
}
interface Pickers {
  showDirectoryPicker?(): Promise<FileSystemDirectoryHandle>;
  showOpenFilePicker?(options: { multiple: true }): Promise<FileSystemFileHandle[]>;
}

/**
 * Lets the user choose files or a folder that can be read again later.
 * @returns null where this browser has no such dialog; nothing where it was closed
 */
export async function chooseHandles(folder: boolean): Promise<DroppedFile[] | null> {
  const pickers = window as Pickers;
  try {
    if (folder) {
      const handle = await pickers.showDirectoryPicker?.();
      return handle ? from(handle, await filesBelow(handle, `${handle.name}/`)) : null;
    }
    const handles = await pickers.showOpenFilePicker?.({ multiple: true });
    if (!handles) return null;
    return await Promise.all(handles.map(async (h) => from(h, [{ path: h.name, file: await h.getFile() }])[0]));
  } catch (error) {
    const { name } = error as { name?: string };
    if (name === 'AbortError') return [];
    // In a page inside another site's.
    if (name === 'SecurityError') return null;
    throw error;
  }
}

async function filesBelow(folder: FileSystemDirectoryHandle, begin: string): Promise<DroppedFile[]> {
  const files: DroppedFile[] = [];
  const entries = folder as unknown as { values(): AsyncIterable<FileSystemFileHandle | FileSystemDirectoryHandle> };
  for await (const handle of entries.values()) {
    const path = `${begin}${handle.name}`;
    if (handle.kind === 'directory') files.push(...(await filesBelow(handle, `${path}/`)));
    else files.push({ path, file: await handle.getFile() });
  }
  return files;
}

/** Asks the user, where that is needed, whether these may be read. To be called while a press is handled. */
export async function mayRead(handles: readonly FileSystemHandle[]): Promise<boolean> {
  for (const handle of handles as readonly (FileSystemHandle & Permitted)[]) {
    const state = (await handle.queryPermission?.({ mode: 'read' })) ?? 'granted';
    if (state !== 'granted' && (await handle.requestPermission?.({ mode: 'read' })) !== 'granted') return false;
  }
  return true;
}

/** The file that lies there now. @throws UserError where it is gone */
export async function fileAt({ handle, path }: FileOrigin): Promise<File> {
  try {
    if (handle.kind === 'file') return await (handle as FileSystemFileHandle).getFile();
    const parts = path.split('/');
    let folder = handle as FileSystemDirectoryHandle;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
    return await (await folder.getFileHandle(parts[parts.length - 1])).getFile();
  } catch (error) {
    if ((error as { name?: string }).name !== 'NotFoundError') throw error;
    const what = [handle.name, path].filter(Boolean).join('/');
    throw new UserError(`${shown(what)} is no longer where it was: drop or choose the files again.`);
  }
}
