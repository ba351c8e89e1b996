/**
 * @file One process at a time trains in a folder: a lock file naming the process. A dead process's lock never blocks.
 */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { fileError } from './results';

const LOCK = 'run.lock';
/** A killed parent's child ends within milliseconds; this long a lock of a living process is waited for. */
const PATIENCE_MS = 5000;

/**
 * Takes the folder's lock.
 * @returns releases it
 * @throws UserError where another living process holds it
 */
export async function lockRun(folder: string): Promise<() => void> {
  const path = join(folder, LOCK);
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  const temporary = join(folder, `.${LOCK}.${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, mine);
  } catch (error) {
    throw fileError(folder, error);
  }
  const until = Date.now() + PATIENCE_MS;
  try {
    for (;;) {
      try {
        // A link appears with its content, so that no reader sees a lock half written.
        linkSync(temporary, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(path, error);
      }
      const holder = readLock(path);
      if (!holder || !isAlive(holder.pid, holder.started)) rmSync(path, { force: true });
      else if (Date.now() > until)
        throw new UserError(
          `Another process (${holder.pid}) is training in ${folder}: stop it first, or choose another folder.`,
        );
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readLock(path: string): { pid: number; started: string } | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) ? { pid, started: String(started) } : null;
  } catch {
    return null;
  }
}

/** When the process began, as Linux counts it; empty elsewhere. A number used again by another process differs in it. */
function startOf(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return '';
  try {
    return (
      readFileSync(stat, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (!existsSync(`/proc/${pid}/stat`)) return process.platform !== 'linux';
  // A killed process that nobody has collected yet is not alive.
  const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
  return state !== 'Z' && state !== 'X' && (started === '' || startOf(pid) === started);
}
