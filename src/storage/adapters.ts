/** @file Adapters in the Library: imported files and those kept from runs. */
import { UserError } from '../errors';
import { promisifyRequest, read, readAll, transact, write } from './database';
import { parseReadable, parseRecord } from './schemas';
import type { AdapterRecord } from './types';

/** Every adapter, deleted ones too. @param report called with a sentence for each record that is damaged */
export async function listAdapters(report: (sentence: string) => void = console.warn): Promise<AdapterRecord[]> {
  return parseReadable('adapter', await readAll('adapter'), report);
}

/** @throws UserError where the record is damaged */
export async function getAdapter(id: string): Promise<AdapterRecord | undefined> {
  const value = await read(['adapter', id]);
  return value === undefined ? undefined : parseRecord('adapter', value);
}

export async function putAdapter(record: AdapterRecord): Promise<void> {
  await write(['adapter', record.id], record);
}

export async function renameAdapter(id: string, name: string): Promise<void> {
  await changeAdapter(id, (adapter) => ({ ...adapter, name }));
}

export async function duplicateAdapter(id: string): Promise<AdapterRecord> {
  const adapter = await getAdapter(id);
  if (!adapter) throw missingAdapter();
  const copy = { ...adapter, id: crypto.randomUUID(), name: `${adapter.name} copy`, createdAt: Date.now() };
  await putAdapter(copy);
  return copy;
}

/** Marks an adapter as deleted; `undeleteAdapter` brings it back until `purgeDeleted` removes it. */
export async function deleteAdapter(id: string): Promise<void> {
  await changeAdapter(id, (adapter) => ({ ...adapter, deletedAt: Date.now() }));
}

export async function undeleteAdapter(id: string): Promise<void> {
  await changeAdapter(id, ({ deletedAt: _, ...adapter }) => adapter);
}

export const missingAdapter = () => new UserError('This adapter is no longer in the Library.');

async function changeAdapter(id: string, change: (adapter: AdapterRecord) => AdapterRecord): Promise<void> {
  await transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['adapter', id]));
    if (value === undefined) throw missingAdapter();
    records.put(change(parseRecord('adapter', value)), ['adapter', id]);
  });
}
