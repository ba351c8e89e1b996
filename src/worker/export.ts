/** @file LoRAs as files to take away: diffusers' .safetensors, or PEFT's folder as a zip. */
import { UserError } from '../errors';
import { loraFileStem } from '../lora/file-name';
import { readLora } from '../lora/lora-file';
import { writeLora, writePeftZip } from '../lora/write';
import { type FoundLora, findLora } from './lora-of';
import type { LoraRef } from './protocol';

export type ExportFormat = 'safetensors' | 'peft-zip';

/** @throws UserError for the base, which is no LoRA, and for a LoRA that is not kept or cannot be read */
export async function exportLora(
  ref: LoraRef,
  format: ExportFormat,
): Promise<{ fileName: string; bytes: Uint8Array<ArrayBuffer> }> {
  const found = await findLora(ref);
  if (!found) throw new UserError('There is no LoRA to export yet: it takes at least one update.');
  const bytes = inFormat(found, format);
  const extension = format === 'safetensors' ? 'safetensors' : 'zip';
  return { fileName: `${loraFileStem(found.name, found.step)}.${extension}`, bytes };
}

function inFormat(found: FoundLora, format: ExportFormat): Uint8Array<ArrayBuffer> {
  const file = readLora(found.bytes, found.name);
  const isZip = found.bytes[0] === 0x50 && found.bytes[1] === 0x4b;
  // A file that is in the format already stays as it is, with all of its metadata.
  if (isZip === (format === 'peft-zip')) return found.bytes;
  const lora = { ...file, step: file.step ?? found.step ?? undefined };
  return format === 'safetensors' ? writeLora(lora) : writePeftZip(lora);
}
