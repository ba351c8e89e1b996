/**
 * @file Kernel choices of the software adapter in Chromium, so that tests do not spend minutes on measuring them. A
 * browser remembers them from visit to visit; each test has a browser of its own, so they are handed to it.
 *
 * kernels.json holds them by adapter. What it lacks is measured, handed on from test to test, and counted by `npm test`;
 * `STUDIO_KERNELS=1 npm test -- --only e2e` writes the file anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';

/** Variant by key, by adapter. */
type Tables = Record<string, Record<string, string>>;

const FILE = 'e2e/kernels.json';
const known: Tables = JSON.parse(readFileSync(FILE, 'utf8'));
const refreshing = process.env.STUDIO_KERNELS === '1';
/** All that is known here: of the file only where it is not to be replaced. */
const tables: Tables = refreshing ? {} : structuredClone(known);

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
  let measured = 0;
  for (const [adapter, table] of Object.entries(found)) {
    tables[adapter] ??= {};
    for (const [key, variant] of Object.entries(table)) {
      if (tables[adapter][key] === variant) continue;
      tables[adapter][key] = variant;
      measured++;
    }
  }
  if (measured === 0) return;
  const all = JSON.stringify(sorted(tables), null, 1);
  if (refreshing) writeFileSync(FILE, `${all}\n`);
  mkdirSync('test-results', { recursive: true });
  writeFileSync(`test-results/kernels-${process.pid}.json`, all);
}

const sorted = (all: Tables): Tables =>
  Object.fromEntries(
    Object.entries(all).map(([adapter, table]) => [
      adapter,
      Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );
