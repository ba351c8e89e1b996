/** @file LoRAs in the Library: imported files and those kept from runs. */
import { UserError } from '../errors';
import { promisifyRequest, read, readAll, transact, write } from './database';
import { unlike } from './names';
import { parseReadable, parseRecord } from './parse-record';
import type { LoraRecord } from './records';

/** Every LoRA, deleted ones too. @param report called with a sentence for each record that is damaged */
export async function listLoras(report: (sentence: string) => void = console.warn): Promise<LoraRecord[]> {
  return parseReadable('adapter', await readAll('adapter'), report);
}

/** @throws UserError where the record is damaged */
export async function getLora(id: string): Promise<LoraRecord | undefined> {
  const value = await read(['adapter', id]);
  return value === undefined ? undefined : parseRecord('adapter', value);
}

export async function putLora(record: LoraRecord): Promise<void> {
  await write(['adapter', record.id], record);
}

export async function renameLora(id: string, name: string): Promise<void> {
  await changeLora(id, (lora) => ({ ...lora, name }));
}

/** @param png its picture in the Library */
export async function setLoraThumbnail(id: string, png: Uint8Array<ArrayBuffer>): Promise<void> {
  await changeLora(id, (lora) => ({ ...lora, thumbnail: png }));
}

/** The name, or with a number where another LoRA has it. */
export async function freeLoraName(name: string): Promise<string> {
  const others = await listLoras(() => {});
  return unlike(
    name,
    others.map((lora) => lora.name),
  );
}

export async function duplicateLora(id: string): Promise<LoraRecord> {
  const lora = await getLora(id);
  if (!lora) throw missingLora();
  const copy = {
    ...lora,
    id: crypto.randomUUID(),
    name: await freeLoraName(`${lora.name} copy`),
    createdAt: Date.now(),
  };
  await putLora(copy);
  return copy;
}

/** Marks a LoRA as deleted; `undeleteLora` brings it back until `purgeDeleted` removes it. */
export async function deleteLora(id: string): Promise<void> {
  await changeLora(id, (lora) => ({ ...lora, deletedAt: Date.now() }));
}

export async function undeleteLora(id: string): Promise<void> {
  await changeLora(id, ({ deletedAt: _, ...lora }) => lora);
}

export const missingLora = () => new UserError('This LoRA is no longer in the Library.');

async function changeLora(id: string, change: (lora: LoraRecord) => LoraRecord): Promise<void> {
  await transact('readwrite', async (records) => {
    const value = await promisifyRequest(records.get(['adapter', id]));
    if (value === undefined) throw missingLora();
    records.put(change(parseRecord('adapter', value)), ['adapter', id]);
  });
}
