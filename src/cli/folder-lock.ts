/**
 * @file One process at a time writes into a folder: a lock file naming the process. A dead process's lock never blocks.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { fileError, shownPath } from './file-errors';
import { isAlive, startOf } from './processes';
import { openFolder } from './results';

const LOCK = 'run.lock';
/** A killed parent's child ends within milliseconds; this long a lock of a living process is waited for. */
const PATIENCE_MS = 5000;

/**
 * Makes the folder where it is missing, and takes its lock, which is released at the latest when the process exits.
 * @returns releases it
 * @throws UserError where another living process holds it, or nothing can be written there
 */
export async function lockFolder(folder: string, patienceMs = PATIENCE_MS): Promise<() => void> {
  openFolder(folder);
  const path = join(folder, LOCK);
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  const temporary = join(folder, `.${LOCK}.${process.pid}.tmp`);
  const until = Date.now() + patienceMs;
  try {
    writeFileSync(temporary, mine);
    for (;;) {
      if (takes(temporary, path, mine)) return releaser(path);
      const holder = readLock(path);
      if (!isHeld(holder)) putAside(path, `${temporary}.stale`);
      else if (Date.now() >= until)
        throw new UserError(
          `Another process (${holder?.pid}) is at work in ${shownPath(folder)}: stop it first, or choose another folder.`,
        );
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } catch (error) {
    throw fileError(folder, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Whether the lock is now this process's. A link appears with its content, so that no reader sees half a lock. */
function takes(temporary: string, path: string, content: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test(code ?? '')) throw error;
  }
  // A file system without links.
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const isHeld = (holder: ReturnType<typeof readLock>) => holder !== null && isAlive(holder.pid, holder.started);

/** Removes a lock that nobody holds; one that another process has taken meanwhile is put back. */
function putAside(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    if (isHeld(readLock(aside))) linkSync(aside, path);
  } catch {
    // Another process was quicker.
  } finally {
    rmSync(aside, { force: true });
  }
}

function releaser(path: string): () => void {
  const release = () => {
    process.off('exit', release);
    try {
      rmSync(path, { force: true });
    } catch {
      // A dead process's lock blocks nobody.
    }
  };
  process.on('exit', release);
  return release;
}

function readLock(path: string): { pid: number; started: string } | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) ? { pid, started: String(started ?? '') } : null;
  } catch {
    return null;
  }
}
