/**
 * @file Result files: refused where they exist, removed by --force only where this program wrote them,
 * written whole or not at all.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors';

/** Results below `folder` that match one of the patterns (paths relative to it, '/' between folders). */
export function existingResults(folder: string, patterns: readonly RegExp[]): string[] {
  if (!existsSync(folder)) return [];
  if (!statSync(folder).isDirectory()) throw new UserError(`${folder} is a file, expected a folder for the results.`);
  const found: string[] = [];
  const visit = (below: string, depth: number) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory() && depth < 2) visit(path, depth + 1);
      else if (patterns.some((p) => p.test(path))) found.push(path);
    }
  };
  visit('', 0);
  return found.sort();
}

/** @throws UserError where results exist and `force` is not given */
export function refuseExisting(folder: string, patterns: readonly RegExp[], force: boolean, also = ''): void {
  const found = existingResults(folder, patterns);
  if (found.length && !force) {
    throw new UserError(
      `${folder} already holds results (${found[0]}): choose another folder, or give --force to replace them${also}.`,
    );
  }
}

/** Removes what a former run wrote. Call once all input has been checked. */
export function removeResults(folder: string, patterns: readonly RegExp[]): void {
  for (const path of existingResults(folder, patterns)) rmSync(join(folder, path));
}

/** @throws UserError where the file exists and `force` is not given, or its place is a folder */
export function refuseExistingFile(path: string, force: boolean): void {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw new UserError(`${path} is a folder, expected a file to write.`);
  if (!force) throw new UserError(`${path} exists: choose another name, or give --force to replace it.`);
}

/** Writes a file so that it is there whole or not at all, also when the process is killed. */
export function writeAtomic(path: string, bytes: Uint8Array | string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    const file = openSync(temporary, 'w');
    try {
      const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** A file system's refusal as a sentence. */
export function fileError(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC')
    return new UserError(`${path} cannot be written: the disk is full; free space and go on with --resume.`);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new UserError(`${path} cannot be written: no permission.`);
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new UserError(`${path} cannot be written: a file stands where a folder is expected.`);
  if (error instanceof UserError) return error;
  return new UserError(`${path} cannot be written: ${(error as Error).message}.`);
}
