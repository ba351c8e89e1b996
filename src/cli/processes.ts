/** @file Whether the process that a file names still runs. */
import { existsSync, readFileSync } from 'node:fs';

/** When the process began, as Linux counts it; empty elsewhere. A number used again by another process differs in it. */
export function startOf(pid: number): string {
  return statOf(pid)?.[19] ?? '';
}

/**
 * Whether the process runs; a killed one that nobody has collected yet does not.
 * @param started what `startOf` gave for it, where that is known
 */
export function isAlive(pid: number, started = ''): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  if (!stat) return process.platform !== 'linux' || !existsSync('/proc/self/stat');
  return stat[0] !== 'Z' && stat[0] !== 'X' && (started === '' || stat[19] === started);
}

/** The fields of /proc/PID/stat after the name: the state first. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}
