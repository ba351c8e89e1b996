/**
 * @file Kernel choices that tests start with, so that they do not spend minutes on measuring software adapters: the
 * table of kernels.json that fits the adapter, by its vendor and architecture. What the table lacks is measured;
 * `STUDIO_KERNELS=1 npm test` adds it to the file (empty it to `{}` first, so that only what is used stays).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, 'kernels.json');

/** Whether this run adds to the file. */
export const keepsKernels = process.env.STUDIO_KERNELS === '1';

export const readKernels = () => JSON.parse(readFileSync(FILE, 'utf8'));

/** The table of this adapter, or of another release of the same software. */
export function kernelsOf(adapterKey) {
  const family = (key) => key.split('|').slice(0, 2).join('|');
  const tables = readKernels();
  const like = Object.keys(tables).find((key) => family(key) === family(adapterKey));
  return tables[adapterKey] ?? (like === undefined ? {} : tables[like]);
}

/** Adds what was measured, where that is wanted; else says that it took time. */
export function keepMeasured(measured) {
  if (keepsKernels) {
    writeFileSync(FILE, `${JSON.stringify(mergedKernels(readKernels(), measured), null, 2)}\n`);
    return;
  }
  for (const [adapter, table] of Object.entries(measured)) {
    const known = kernelsOf(adapter);
    const added = Object.keys(table).filter((key) => !Object.hasOwn(known, key)).length;
    if (added === 0 || Object.keys(known).length === 0) continue;
    console.log(`${added} kernels were measured: STUDIO_KERNELS=1 npm test adds them to scripts/kernels.json.`);
  }
}

/** Both tables, sorted; `b` where they differ. */
export function mergedKernels(a, b) {
  const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([x], [y]) => (x < y ? -1 : 1)));
  const adapters = Object.keys({ ...a, ...b });
  return sorted(Object.fromEntries(adapters.map((adapter) => [adapter, sorted({ ...a[adapter], ...b[adapter] })])));
}
