import { beforeEach, expect, test, vi } from 'vitest';
import { testMetrics, testRun, testSnapshot } from './testing';

beforeEach(() => vi.resetModules());

/** The storage modules of a page for which the browser keeps nothing. */
async function blocked(error: DOMException) {
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw error;
  });
  const modules = await Promise.all([
    import('./database'),
    import('./runs'),
    import('./snapshots'),
    import('./loras'),
    import('./metrics'),
  ]);
  return Object.assign({}, ...modules) as (typeof modules)[0] &
    (typeof modules)[1] &
    (typeof modules)[2] &
    (typeof modules)[3] &
    (typeof modules)[4];
}

test('where IndexedDB is denied, runs are kept as long as the page', async () => {
  const storage = await blocked(new DOMException('denied', 'SecurityError'));
  await storage.createRun(testRun('b'), testSnapshot('b'));
  await storage.createRun(testRun('a'), testSnapshot('a'));
  expect(storage.keepsRecords()).toBe(false);
  expect((await storage.listRuns()).map(({ id }) => id)).toEqual(['a', 'b']);
  const { id, run, wordChanges } = testRun('a');
  const kept = { version: 1 as const, runId: 'a', step: 10, file: new Uint8Array(3) };
  const progress = { id, run, step: 10, state: 'paused' as const, wordChanges };
  await storage.saveProgress(progress, { snapshot: testSnapshot('a', 10), kept, metrics: testMetrics(10) });
  expect((await storage.getRun('a'))?.step).toBe(10);
  expect((await storage.getSnapshot('a'))?.parameters).toEqual(Float32Array.of(10, 2));
  expect((await storage.getKeptLora('a', 10))?.file).toEqual(new Uint8Array(3));
  const copy = await storage.duplicateRun('a');
  expect(await storage.listMetrics(copy)).toEqual([testMetrics(10)]);
  expect((await storage.getKeptLora(copy.id, 10))?.file).toEqual(new Uint8Array(3));
});

test('a transaction that fails leaves everything as it was, and what is read is a copy', async () => {
  const { transact, read, write, readKeys } = await blocked(new DOMException('denied', 'UnknownError'));
  await write(['sample', 'r', 10], { n: 1 });
  await write(['sample', 'r', 2], { n: 2 });
  await write(['snapshot', 'r'], { n: 3 });
  const failing = transact('readwrite', (records) => {
    records.put({ n: 9 }, ['sample', 'r', 2]);
    records.delete(['snapshot', 'r']);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await readKeys('sample', 'r')).toEqual([
    ['sample', 'r', 2],
    ['sample', 'r', 10],
  ]);
  const record = (await read(['sample', 'r', 2])) as { n: number };
  record.n = 7;
  expect(await read(['sample', 'r', 2])).toEqual({ n: 2 });
  expect(await read(['snapshot', 'r'])).toEqual({ n: 3 });
});

test('a full disk is no denial', async () => {
  const { read, keepsRecords, QuotaError } = await blocked(new DOMException('full', 'QuotaExceededError'));
  await expect(read(['run', 'a'])).rejects.toBeInstanceOf(QuotaError);
  expect(keepsRecords()).toBe(true);
});
