/**
 * @file Kernel choices of the software adapter in Chromium (scripts/kernels.json). A browser remembers them from visit
 * to visit; each test has a browser of its own, so they are handed to it, and what it measured is handed on.
 */
import type { Page } from '@playwright/test';
import { type KernelTables, keepMeasured, mergedKernels, readKernels } from '../scripts/kernels.mjs';

/** All that is known here. */
const tables = readKernels();

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
  const measured: KernelTables = {};
  for (const [adapter, table] of Object.entries(found)) {
    const isNew = ([key, variant]: [string, string]) => tables[adapter]?.[key] !== variant;
    const added = Object.fromEntries(Object.entries(table).filter(isNew));
    if (Object.keys(added).length > 0) measured[adapter] = added;
  }
  Object.assign(tables, mergedKernels(tables, measured));
  keepMeasured(measured);
}
