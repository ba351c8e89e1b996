/** @file Which kernel variant is fastest, as measured on each graphics adapter of this browser (src/gpu/tuner.ts). */
import { read, write } from './database';

/** Choices made on the adapter called `adapterKey`; empty where it is new or its record is damaged. */
export async function loadTuning(adapterKey: string): Promise<Record<string, string>> {
  const value = await read(['tuning', adapterKey]);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, variant]) => typeof variant === 'string'));
}

export async function saveTuning(adapterKey: string, table: Record<string, string>): Promise<void> {
  await write(['tuning', adapterKey], { ...table });
}
