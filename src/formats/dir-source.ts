/** @file A folder on disk as a `FileSource`, for Node. */
import { open, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { UserError } from '../errors';
import { PATH_LENGTH, shown } from '../shown';
import { type FileSource, missingFile, shortFile } from './file-source';

/**
 * The files below `folder`. Nothing is read before it is asked for. A file that is there but that the system does not
 * let us read is no missing file: its sentence names the system's code.
 *
 * @param folder the bundle's folder; need not exist (then every file is missing)
 */
export function dirSource(folder: string): FileSource {
  const describe = shown(folder, PATH_LENGTH);
  const locate = (path: string): string => {
    const clean = normalize(path);
    if (isAbsolute(clean) || clean.startsWith('..')) {
      throw new UserError(`${describe}: ${shown(path)} is outside the folder.`);
    }
    return join(folder, clean);
  };
  const refused = (path: string, error: unknown) => {
    if (error instanceof UserError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    return new UserError(`${describe}: file ${shown(path)} cannot be read (${code ?? message}).`);
  };
  return {
    describe,
    size: async (path) => {
      const info = await stat(locate(path)).catch((error) => {
        if (isMissing(error)) return undefined;
        throw refused(path, error);
      });
      return info?.isFile() ? info.size : undefined;
    },
    list: async (path) => {
      const below = locate(path);
      const entries = await readdir(below, { recursive: true, withFileTypes: true }).catch((error) => {
        if (isMissing(error)) return [];
        throw refused(path, error);
      });
      // A link to a file counts as one, wherever it leads: model folders of Hugging Face's cache are made of them.
      const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
      return files.map((entry) => relative(below, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
    },
    read: async (path, begin = 0, end) => {
      const file = await open(locate(path)).catch((error) => {
        throw isMissing(error) ? missingFile(describe, path) : refused(path, error);
      });
      try {
        const info = await file.stat();
        if (!info.isFile()) throw new UserError(`${describe}: ${shown(path)} is not a file.`);
        const size = info.size;
        const stop = end ?? size;
        if (stop > size) throw shortFile(describe, path, size, stop);
        const bytes = new Uint8Array(stop - begin);
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, begin + done);
          if (bytesRead === 0) throw shortFile(describe, path, begin + done, stop);
          done += bytesRead;
        }
        return bytes;
      } catch (error) {
        throw refused(path, error);
      } finally {
        await file.close();
      }
    },
  };
}

function isMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'ENOTDIR';
}
