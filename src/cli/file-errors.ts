/** @file What the file system refuses, as a sentence. */
import { lstatSync, statSync } from 'node:fs';
import { UserError } from '../errors';
import { PATH_LENGTH, shown } from '../shown';

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a file stands where a folder is expected',
  EEXIST: 'a file stands where a folder is expected',
  EISDIR: 'a folder stands where a file is expected',
  ENOTEMPTY: 'a folder stands where a file is expected',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead round in a circle',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EFBIG: 'it is too large',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is in use',
  EIO: 'the disk reports an error',
};

/** A path as a sentence shows it. */
export const shownPath = (path: string): string => shown(path, PATH_LENGTH);

/**
 * A refusal as a sentence: `PATH cannot be written: the disk is full.` A UserError stays as it is.
 * @param did what was tried
 * @param onFullDisk what to do where the disk is full
 */
export function fileError(
  path: string,
  error: unknown,
  did: 'read' | 'written' | 'removed' = 'written',
  onFullDisk = 'free space, or choose another place',
): UserError {
  if (error instanceof UserError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = (code && REASONS[code]) ?? code ?? message;
  const advice = code === 'ENOSPC' || code === 'EDQUOT' ? `; ${onFullDisk}` : '';
  return new UserError(`${shownPath(path)} cannot be ${did}: ${reason}${advice}.`);
}

/**
 * What lies at a path, links followed.
 * @throws UserError where the file system does not tell, or a link leads nowhere
 */
export function whatLiesAt(path: string): 'nothing' | 'file' | 'folder' | 'device' {
  const look = (stat: typeof statSync | typeof lstatSync) => {
    try {
      return stat(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw fileError(path, error, 'read');
    }
  };
  const found = look(statSync);
  if (found) return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'device';
  if (look(lstatSync)) throw new UserError(`${shownPath(path)} is a link to a place that does not exist.`);
  return 'nothing';
}
