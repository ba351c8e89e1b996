/** @file A LoRA as the worker can reach it. */
import type { LoraRef } from '../../worker/protocol';

/** Where the browser keeps no data, what page and worker store is each one's own: then the file itself goes along. */
export async function reachable(lora: LoraRef): Promise<LoraRef> {
  if (lora.kind !== 'stored') return lora;
  const [{ keepsRecords }, { getLora }] = await Promise.all([
    import('../../storage/database'),
    import('../../storage/loras'),
  ]);
  const record = await getLora(lora.loraId);
  if (keepsRecords() || !record) return lora;
  return { kind: 'file', bytes: record.file.slice().buffer, name: record.name };
}
