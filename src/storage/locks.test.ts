import { expect, test } from 'vitest';
import { lockRun, whenFree } from './locks';
import { testLocks } from './testing';

test('a second tab is told where the run is open; another run is free', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks, 0);
  await expect(lockRun('a', locks, 0)).rejects.toThrow('This run is open in another tab');
  (await lockRun('b', locks, 0))();
  release();
  (await lockRun('a', locks, 200))();
});

test('a lock that is about to be given back is waited for', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks, 0);
  setTimeout(release, 50);
  (await lockRun('a', locks, 2000))();
});

test('a run that another tab holds is free once that tab gives it back', async () => {
  const locks = testLocks();
  const release = await lockRun('a', locks, 0);
  let isFree = false;
  const free = whenFree('a', locks).then(() => {
    isFree = true;
  });
  await whenFree('b', locks);
  expect(isFree).toBe(false);
  release();
  await free;
  (await lockRun('a', locks, 0))();
});
