/** @file LoRAs as files to take away: diffusers' .safetensors, or PEFT's folder as a zip. */
import { strToU8, zipSync } from 'fflate';
import { UserError } from '../errors';
import { writeSafetensors } from '../formats/safetensors';
import { type LoraFile, readLora, writeLora, writePeftZip } from '../lora/lora-file';
import { diffusersMetadata, peftConfig } from '../lora/lora-metadata';
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
  return { fileName: `${stem(found)}.${extension}`, bytes };
}

function inFormat(found: FoundLora, format: ExportFormat): Uint8Array<ArrayBuffer> {
  const file = readLora(found.bytes, found.name);
  const isZip = found.bytes[0] === 0x50 && found.bytes[1] === 0x4b;
  // A file that is in the format already stays as it is, with all of its metadata.
  if (isZip === (format === 'peft-zip')) return found.bytes;
  const { run, tensors, rank, baseHash = '', step = found.step ?? 0 } = file;
  if (!run) return format === 'safetensors' ? plainSafetensors(file) : plainPeftZip(file);
  // A file's scale is folded into B already: alpha is the rank.
  const folded = { tensors, run: { ...run, lora: { ...run.lora, rank, alpha: rank } }, baseHash, step };
  return format === 'safetensors' ? writeLora(folded) : writePeftZip(folded);
}

/** A LoRA of another program, of which nothing is known but its tensors. */
function plainSafetensors({ tensors, rank }: LoraFile): Uint8Array<ArrayBuffer> {
  return writeSafetensors(named(tensors, 'transformer.'), {
    format: 'pt',
    lora_adapter_metadata: diffusersMetadata([...tensors.keys()], rank),
  });
}

function plainPeftZip({ tensors, rank }: LoraFile): Uint8Array<ArrayBuffer> {
  const config = {
    ...peftConfig([...tensors.keys()], rank),
    base_model_name_or_path: null,
    inference_mode: true,
    task_type: null,
  };
  return zipSync(
    {
      'adapter_config.json': strToU8(`${JSON.stringify(config, null, 2)}\n`),
      'adapter_model.safetensors': writeSafetensors(named(tensors, 'base_model.model.'), { format: 'pt' }),
    },
    { level: 0, mtime: new Date(1980, 0, 1) },
  ) as Uint8Array<ArrayBuffer>;
}

const named = (tensors: LoraFile['tensors'], prefix: string) =>
  [...tensors].flatMap(([name, { A, B }]) => [
    { name: `${prefix}${name}.lora_A.weight`, ...A },
    { name: `${prefix}${name}.lora_B.weight`, ...B },
  ]);

/** `red-apple-more-3d-render-step-40`: letters and digits of any script, joined by hyphens. */
function stem({ name, step }: FoundLora): string {
  const words = name.replace(/\.(safetensors|zip)$/i, '').match(/[\p{L}\p{N}]+/gu) ?? ['adapter'];
  return [...words, ...(step === null ? [] : ['step', step])].join('-').slice(0, 100);
}
