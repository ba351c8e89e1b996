import { expect, test } from 'vitest';
import { lockRun } from './locks';
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
