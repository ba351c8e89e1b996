/** @file One tab trains a run at a time: a Web Lock held while the run is open. */
import { UserError } from '../errors';

/** How long to wait for the lock: a reloaded page's former worker takes a moment to die. */
const PATIENCE_MS = 2000;

/**
 * Takes the lock of a run; call the result to give it back. The browser gives it back when the worker ends.
 * @throws UserError where another tab holds it
 */
export async function lockRun(
  runId: string,
  locks: LockManager = navigator.locks,
  patience = PATIENCE_MS,
): Promise<() => void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const release = await tryLock(locks, lockOf(runId));
    if (release) return release;
    if (performance.now() >= deadline) {
      throw new UserError('This run is open in another tab: pause and close it there, then resume it here.');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until no tab has the run open. */
export async function whenFree(runId: string, locks: LockManager = navigator.locks): Promise<void> {
  await locks.request(lockOf(runId), () => {});
}

const lockOf = (runId: string) => `direct-align-studio/run/${runId}`;

function tryLock(locks: LockManager, name: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}
