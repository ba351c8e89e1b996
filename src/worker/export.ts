/** @file Adapters as files to take away: diffusers' .safetensors, or PEFT's folder as a zip. */
import { strToU8, zipSync } from 'fflate';
import { UserError } from '../errors';
import { writeSafetensors } from '../formats/safetensors';
import { type AdapterFile, readAdapter, writeAdapter, writePeftZip } from '../lora/adapter-file';
import { diffusersMetadata, peftConfig } from '../lora/adapter-metadata';
import { type FoundAdapter, findAdapter } from './adapter-of';
import type { AdapterRef } from './protocol';

export type ExportFormat = 'safetensors' | 'peft-zip';

/** @throws UserError for the base, which is no adapter, and for an adapter that is not kept or cannot be read */
export async function exportAdapter(
  ref: AdapterRef,
  format: ExportFormat,
): Promise<{ fileName: string; bytes: Uint8Array<ArrayBuffer> }> {
  const found = await findAdapter(ref);
  if (!found) throw new UserError('There is no adapter to export yet: it takes at least one update.');
  const bytes = inFormat(found, format);
  const extension = format === 'safetensors' ? 'safetensors' : 'zip';
  return { fileName: `${stem(found)}.${extension}`, bytes };
}

function inFormat(found: FoundAdapter, format: ExportFormat): Uint8Array<ArrayBuffer> {
  const file = readAdapter(found.bytes, found.name);
  const isZip = found.bytes[0] === 0x50 && found.bytes[1] === 0x4b;
  // A file that is in the format already stays as it is, with all of its metadata.
  if (isZip === (format === 'peft-zip')) return found.bytes;
  const { run, tensors, rank, baseHash = '', step = found.step ?? 0 } = file;
  if (!run) return format === 'safetensors' ? plainSafetensors(file) : plainPeftZip(file);
  // A file's scale is folded into B already: alpha is the rank.
  const folded = { tensors, run: { ...run, lora: { ...run.lora, rank, alpha: rank } }, baseHash, step };
  return format === 'safetensors' ? writeAdapter(folded) : writePeftZip(folded);
}

/** An adapter of another program, of which nothing is known but its tensors. */
function plainSafetensors({ tensors, rank }: AdapterFile): Uint8Array<ArrayBuffer> {
  return writeSafetensors(named(tensors, 'transformer.'), {
    format: 'pt',
    lora_adapter_metadata: diffusersMetadata([...tensors.keys()], rank),
  });
}

function plainPeftZip({ tensors, rank }: AdapterFile): Uint8Array<ArrayBuffer> {
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

const named = (tensors: AdapterFile['tensors'], prefix: string) =>
  [...tensors].flatMap(([name, { A, B }]) => [
    { name: `${prefix}${name}.lora_A.weight`, ...A },
    { name: `${prefix}${name}.lora_B.weight`, ...B },
  ]);

/** `red-apple-more-3d-render-step-40`: letters and digits of any script, joined by hyphens. */
function stem({ name, step }: FoundAdapter): string {
  const words = name.replace(/\.(safetensors|zip)$/i, '').match(/[\p{L}\p{N}]+/gu) ?? ['adapter'];
  return [...words, ...(step === null ? [] : ['step', step])].join('-').slice(0, 100);
}
