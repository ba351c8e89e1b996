/**
 * @file Result files: refused where they exist or where they would fall into a bundle, removed by --force only where
 * this program wrote them, written whole or not at all.
 */
import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { makeFolder } from '../../scripts/user-cache.mjs';
import { UserError } from '../errors';
import { fileError, shownPath, whatLiesAt } from './file-errors';
import { isAlive } from './processes';

/** Results below `folder` that match one of the patterns (paths relative to it, '/' after one folder at most). */
export function existingResults(folder: string, patterns: readonly RegExp[]): string[] {
  const place = whatLiesAt(folder);
  if (place === 'nothing') return [];
  if (place !== 'folder') throw new UserError(`${shownPath(folder)} is a file, expected a folder for the results.`);
  const isResult = (path: string) => patterns.some((pattern) => pattern.test(path));
  const found = entriesOf(folder).flatMap((entry) => {
    if (!entry.isDirectory()) return isResult(entry.name) ? [entry.name] : [];
    // Other folders are none of our business, and may be unreadable.
    if (!patterns.some((pattern) => pattern.source.startsWith(`^${entry.name}\\/`))) return [];
    const below = entriesOf(join(folder, entry.name)).filter((inner) => !inner.isDirectory());
    return below.map((inner) => `${entry.name}/${inner.name}`).filter(isResult);
  });
  return found.sort();
}

/** What lies in a folder. @throws UserError where it cannot be read */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw fileError(folder, error, 'read');
  }
}

/** @throws UserError where results exist and `force` is not given */
export function refuseExisting(folder: string, patterns: readonly RegExp[], force: boolean, also = ''): void {
  const found = existingResults(folder, patterns);
  if (found.length && !force) {
    throw new UserError(
      `${shownPath(folder)} already holds results (${found[0]}): choose another folder, or give --force to replace them${also}.`,
    );
  }
}

/**
 * Removes what a former run wrote, and what a killed one left half written. Call once all input has been checked, and
 * with the folder's lock.
 */
export function removeResults(folder: string, patterns: readonly RegExp[]): void {
  for (const path of existingResults(folder, patterns)) remove(join(folder, path));
  removeTemporaries(folder, patterns);
}

/** Removes half-written results of processes that were killed. Call with the folder's lock. */
export function removeTemporaries(folder: string, patterns: readonly RegExp[]): void {
  const below = patterns.flatMap(({ source }) => /^\^([\w-]+)\\\//.exec(source)?.[1] ?? []);
  for (const inner of new Set(['', ...below])) {
    if (whatLiesAt(join(folder, inner)) !== 'folder') continue;
    for (const { name } of entriesOf(join(folder, inner))) {
      const [, whole, pid] = TEMPORARY.exec(name) ?? [];
      // Only who has the lock writes these results; other temporaries may be somebody's who still runs.
      const mine = patterns.some((pattern) => pattern.test(inner ? `${inner}/${whole}` : whole));
      if (whole && (mine || !isAlive(Number(pid)))) remove(join(folder, inner, name));
    }
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw fileError(path, error, 'removed');
  }
}

/** @throws UserError where the file exists and `force` is not given, or its place is no place for a file */
export function refuseExistingFile(path: string, force: boolean): void {
  const place = whatLiesAt(path);
  if (place === 'nothing') return;
  if (place !== 'file') throw new UserError(`${shownPath(path)} is a ${place}, expected a file to write.`);
  if (!force) throw new UserError(`${shownPath(path)} exists: choose another name, or give --force to replace it.`);
}

/** @throws UserError where `out` lies in the bundle's folder, whose files are never changed */
export function refuseInside(out: string, bundle: string): void {
  const way = relative(realPath(bundle), realPath(out));
  if (way.startsWith('..') || isAbsolute(way)) return;
  throw new UserError(
    `${shownPath(out)} lies in the bundle ${shownPath(bundle)}: choose a place outside it, so that the bundle stays as it is.`,
  );
}

/** Links followed as far as the path exists. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    return dirname(whole) === whole ? whole : join(realPath(dirname(whole)), basename(whole));
  }
}

/** Makes the folder, and the ones above it. @throws UserError where nothing can be written there */
export function openFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    whatLiesAt(folder);
    throw fileError(folder, error);
  }
}

/** A file that is being written: the whole one's name and the process. */
const TEMPORARY = /^\.(.+)\.(\d+)\.tmp$/;
/** Characters of the file's name in that of its temporary, which must not grow longer than names may be. */
const NAME = 40;

/**
 * Writes a file so that it is there whole or not at all, also when the process is killed. Where `path` is a link, the
 * file it leads to is written.
 * @param onFullDisk what to do where the disk is full
 */
export function writeAtomic(path: string, bytes: Uint8Array | string, onFullDisk?: string): void {
  let temporary: string | null = null;
  try {
    makeFolder(dirname(path));
    const target = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(path) : path;
    temporary = join(dirname(target), `.${basename(target).slice(0, NAME)}.${process.pid}.tmp`);
    const file = openSync(temporary, 'w');
    try {
      const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== null) discard(temporary);
    throw fileError(path, error, 'written', onFullDisk);
  }
}

function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // What refused the write refuses this too; the first reason is the one to tell.
  }
}
