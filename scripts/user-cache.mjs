/**
 * @file The folder for what may be lost: remembered measurements, logs, builds of a checkout that cannot be written.
 * Used by the scripts and by the program.
 */
import { accessSync, constants, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const NAME = 'direct-align-studio';

/**
 * A folder in the user's cache (XDG_CACHE_HOME, else HOME/.cache), made where it is missing; where nothing can be
 * written there, in the system's folder for temporary files; null where nothing can be written at all.
 *
 * @param {string} [below] a folder in it
 * @returns {string | null}
 */
export function userCache(below = '') {
  return usable(join(fromUser() ?? '', NAME, below)) ?? usable(join(temporary(), below), temporary());
}

/** The user's cache folder as the environment names it; an empty or relative name counts as none. */
function fromUser() {
  const { XDG_CACHE_HOME: named } = process.env;
  if (named && isAbsolute(named)) return named;
  const home = homeFolder();
  // A home that is missing is missing on purpose (/nonexistent), also where root could make it.
  return home && existsSync(home) ? join(home, '.cache') : null;
}

/**
 * The user's home folder; null where there is none.
 *
 * @returns {string | null}
 */
export function homeFolder() {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : null;
  } catch {
    return null;
  }
}

/**
 * Makes a folder and the ones above it. Unlike fs.mkdirSync's `recursive` it always ends: that one tries for ever where
 * the system says of every folder that it does not exist, as in /proc.
 *
 * @param {string} folder
 * @param {number} [mode]
 */
export function makeFolder(folder, mode) {
  const isFolder = () => statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder()) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (error.code !== 'EEXIST' || !isFolder()) throw error;
  }
}

const temporary = () => join(tmpdir(), `${NAME}-${userId()}`);

function userId() {
  try {
    return process.getuid?.() ?? userInfo().username;
  } catch {
    return 'user';
  }
}

/** The folder where it can be written, else null. Others may have made `own` in a folder that all can write. */
function usable(folder, own) {
  if (!isAbsolute(folder)) return null;
  try {
    makeFolder(folder, 0o700);
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (own && process.getuid && lstatSync(own).uid !== process.getuid()) return null;
    return folder;
  } catch {
    return null;
  }
}
