/**
 * @file Kernel choices of the software adapter in Chromium, so that tests do not spend minutes on measuring them. A
 * browser remembers them from visit to visit; each test has a browser of its own, so they are handed to it.
 *
 * kernels.json holds them by adapter. What it lacks is measured, handed on from test to test, and counted by `npm test`;
 * `STUDIO_KERNELS=1 npm test -- --only e2e` adds it to the file (empty it first, so that only what is used stays).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';

/** Variant by key, by adapter. */
type Tables = Record<string, Record<string, string>>;

const FILE = 'e2e/kernels.json';
const readTables = (): Tables => JSON.parse(readFileSync(FILE, 'utf8'));
/** All that is known here. */
const tables = readTables();

/** Gives this browser what is known, before it opens the GPU. */
export async function handOnKernels(page: Page): Promise<void> {
  await page.evaluate(async (all) => {
    const open = indexedDB.open('direct-align-studio');
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      open.onupgradeneeded = () => open.result.createObjectStore('records');
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
    const transaction = database.transaction('records', 'readwrite');
    for (const [adapter, table] of Object.entries(all))
      transaction.objectStore('records').put(table, ['tuning', adapter]);
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  }, tables);
}

/** Takes over what this browser knows now. */
export async function keepKernels(page: Page): Promise<void> {
  const found = await page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    if (!names.includes('direct-align-studio')) return {};
    const open = indexedDB.open('direct-align-studio');
    const database = await new Promise<IDBDatabase>((resolve) => {
      open.onsuccess = () => resolve(open.result);
    });
    const records = database.transaction('records').objectStore('records');
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const range = IDBKeyRange.bound(['tuning'], ['tuning', []]);
    const [keys, values] = await Promise.all([answer(records.getAllKeys(range)), answer(records.getAll(range))]);
    database.close();
    return Object.fromEntries(keys.map((key, i) => [(key as string[])[1], values[i] as Record<string, string>]));
  });
  const measured: Tables = {};
  for (const [adapter, table] of Object.entries(found)) {
    const isNew = ([key, variant]: [string, string]) => tables[adapter]?.[key] !== variant;
    const added = Object.fromEntries(Object.entries(table).filter(isNew));
    if (Object.keys(added).length > 0) measured[adapter] = added;
  }
  if (Object.keys(measured).length === 0) return;
  Object.assign(tables, merged(tables, measured));
  const write = (file: string, all: Tables) => writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  if (process.env.STUDIO_KERNELS === '1') write(FILE, merged(readTables(), measured));
  mkdirSync('test-results', { recursive: true });
  write(`test-results/kernels-${process.pid}.json`, measured);
}

/** Both tables, sorted; `b` where they differ. */
function merged(a: Tables, b: Tables): Tables {
  const sorted = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).sort(([x], [y]) => (x < y ? -1 : 1)));
  const adapters = Object.keys({ ...a, ...b });
  return sorted(Object.fromEntries(adapters.map((adapter) => [adapter, sorted({ ...a[adapter], ...b[adapter] })])));
}
