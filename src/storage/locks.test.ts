import { expect, test } from 'vitest';
import { heldRuns, lockRun, whenFree } from './locks';
import { testLocks } from './testing';

test('a second tab is told where the run is open; another run is free', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks);
  const patience = new AbortController();
  const refused = lockRun('a', locks, patience.signal);
  (await lockRun('b', locks))();
  patience.abort();
  await expect(refused).rejects.toThrow('This run is open in another tab');
  await expect(lockRun('a', locks, AbortSignal.abort())).rejects.toThrow('This run is open in another tab');
  release();
  (await lockRun('a', locks))();
});

test('a lock that is about to be given back is waited for', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks);
  const second = lockRun('a', locks, new AbortController().signal);
  // Whoever asks behind it gets it last.
  const third = lockRun('a', locks, new AbortController().signal);
  let thirdHas = false;
  void third.then(() => {
    thirdHas = true;
  });
  release();
  const releaseSecond = await second;
  expect(thirdHas).toBe(false);
  releaseSecond();
  (await third)();
});

test('a run that another tab holds is free once that tab gives it back', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks);
  let isFree = false;
  const free = whenFree('a', locks).then(() => {
    isFree = true;
  });
  await whenFree('b', locks);
  expect(isFree).toBe(false);
  release();
  await free;
  (await lockRun('a', locks))();
});

test('where the browser denies locks, as it does with site data blocked, the run is free', async () => {
  const denied = { request: async () => Promise.reject(new DOMException('denied', 'SecurityError')) };
  const locks = denied as unknown as LockManager;
  (await lockRun('a', locks))();
  await whenFree('a', locks);
});

test('the runs that are open somewhere are named', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks);
  expect(await heldRuns(locks)).toEqual(new Set(['a']));
  release();
  await whenFree('a', locks);
  expect(await heldRuns(undefined)).toEqual(new Set());
});
