/** @file A folder on disk as a `FileSource`, for Node. */
import { open, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { UserError } from '../errors';
import { type FileSource, missingFile, shortFile } from '../formats/file-source';

/**
 * The files below `folder`. Nothing is read before it is asked for.
 *
 * @param folder the bundle's folder; need not exist (then every file is missing)
 */
export function dirSource(folder: string): FileSource {
  const locate = (path: string): string => {
    const clean = normalize(path);
    if (isAbsolute(clean) || clean.startsWith('..')) throw new UserError(`${folder}: ${path} is outside the folder.`);
    return join(folder, clean);
  };
  return {
    describe: folder,
    size: async (path) => {
      const info = await stat(locate(path)).catch(() => undefined);
      return info?.isFile() ? info.size : undefined;
    },
    read: async (path, begin = 0, end) => {
      const file = await open(locate(path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw missingFile(folder, path);
        throw new UserError(`${folder}: file ${path} cannot be opened (${error.code}).`);
      });
      try {
        const info = await file.stat();
        if (!info.isFile()) throw new UserError(`${folder}: ${path} is not a file.`);
        const size = info.size;
        const stop = end ?? size;
        if (stop > size) throw shortFile(folder, path, size, stop);
        const bytes = new Uint8Array(stop - begin);
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, begin + done);
          if (bytesRead === 0) throw shortFile(folder, path, begin + done, stop);
          done += bytesRead;
        }
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}
