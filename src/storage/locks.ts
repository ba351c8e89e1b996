/** @file One tab trains a run at a time: a Web Lock held while the run is open. */
import { UserError } from '../errors';

/** How long to wait for the lock: a reloaded page's former worker takes a moment to die. */
const PATIENCE_MS = 2000;

/**
 * Takes the lock of a run; call the result to give it back. The browser gives it back when the worker ends.
 * @param patience aborted when a lock that another tab holds has been waited for long enough
 * @throws UserError where another tab holds it
 */
export async function lockRun(
  runId: string,
  locks: LockManager = navigator.locks,
  patience: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
): Promise<() => void> {
  const name = lockOf(runId);
  const free = await take(locks, name, { ifAvailable: true });
  if (free) return free;
  try {
    return (await take(locks, name, { signal: patience }))!;
  } catch (error) {
    if (!patience.aborted) throw error;
    throw new UserError('This run is open in another tab: pause and close it there, then resume it here.');
  }
}

/** Waits until no tab has the run open. */
export async function whenFree(runId: string, locks: LockManager = navigator.locks): Promise<void> {
  (await take(locks, lockOf(runId), {}))!();
}

/** The runs that some tab has open, this one's worker included; empty where the browser does not tell. */
export async function heldRuns(locks: LockManager | undefined = globalThis.navigator?.locks): Promise<Set<string>> {
  const { held = [] } = await Promise.resolve(locks?.query()).then(
    (state) => state ?? {},
    () => ({}) as LockManagerSnapshot,
  );
  const prefix = lockOf('');
  return new Set(held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : [])));
}

const lockOf = (runId: string) => `direct-align-studio/run/${runId}`;

/** Holds a lock until the result is called; null where it is not to be had. */
function take(locks: LockManager, name: string, options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const held = locks.request(name, options, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    });
    // Where site data is blocked, locks are too, and nothing is stored that another tab could hold.
    held.catch((error) => (error.name === 'SecurityError' ? resolve(() => {}) : reject(error)));
  });
}
