import { expect, test } from 'vitest';
import { write } from './database';
import { listMetrics } from './metrics';
import { deleteRun, getRun } from './runs';
import { createRun, getSnapshot, saveProgress } from './snapshots';
import { fillDisk, testMetrics, testRun, testSnapshot } from './testing';

const progressOf = (id: string, step: number) => testRun(id, { step });

test('snapshot and record land together or not at all', async () => {
  await createRun(testRun('a'), testSnapshot('a'));
  await saveProgress(progressOf('a', 1), { snapshot: testSnapshot('a', 1), metrics: testMetrics(1) });
  for (const kind of ['run', 'snapshot', 'metrics', 'kept']) {
    const empty = fillDisk(kind);
    const kept = { version: 1, runId: 'a', step: 2, file: new Uint8Array(4) } as const;
    const saved = { snapshot: testSnapshot('a', 2), metrics: testMetrics(2), kept };
    await expect(saveProgress(progressOf('a', 2), saved)).rejects.toThrow(/^The browser has no room/);
    empty();
    const record = (await getRun('a'))!;
    expect([record.step, (await getSnapshot('a'))!.step]).toEqual([1, 1]);
    expect(await listMetrics(record)).toEqual([testMetrics(1)]);
  }
});

test('a full disk is first freed of what was deleted', async () => {
  await createRun(testRun('keep'), testSnapshot('keep'));
  await createRun(testRun('gone'), testSnapshot('gone'));
  await deleteRun('gone');
  const empty = fillDisk('snapshot', 1);
  await saveProgress(progressOf('keep', 3), { snapshot: testSnapshot('keep', 3) });
  empty();
  expect((await getSnapshot('keep'))!.step).toBe(3);
  expect(await getRun('gone')).toBeUndefined();
});

test('an interrupted change leaves nothing behind', async () => {
  await expect(createRun(testRun('half'), { ...testSnapshot('half'), rngState: () => 0 } as never)).rejects.toThrow();
  expect(await getRun('half')).toBeUndefined();
});

test('a snapshot that cannot be trained on is refused', async () => {
  await write(['snapshot', 'x'], { ...testSnapshot('x'), secondMoment: new Float32Array(1) });
  await expect(getSnapshot('x')).rejects.toThrow('moments have other sizes');
  await write(['snapshot', 'y'], { ...testSnapshot('y'), rngState: 'seven' });
  await expect(getSnapshot('y')).rejects.toThrow('"rngState" is "seven", expected a random state');
});
