/**
 * @file Writes LoRAs: diffusers' .safetensors (keys `transformer.NAME.lora_A.weight` [rank, in] and `.lora_B.weight`
 * [out, rank]) and PEFT's folder, as a zip. Both mean W + B·A: alpha is the rank.
 */
import { strToU8, zipSync } from 'fflate';
import { writeSafetensors } from '../formats/safetensors';
import type { LoraFile } from './lora-file';
import { diffusersMetadata, originMetadata, peftConfig } from './lora-metadata';

/** A LoRA to write: factors of one rank whose weight is W + B·A, and where they come from as far as it is known. */
export type LoraExport = Pick<LoraFile, 'tensors' | 'rank' | 'run' | 'baseHash' | 'step' | 'wordChanges'>;

/** A LoRA as `pytorch_lora_weights.safetensors`, for `load_lora_weights` and `load_lora_adapter` of diffusers. */
export function writeLora(lora: LoraExport): Uint8Array<ArrayBuffer> {
  return writeSafetensors(named(lora, 'transformer.'), {
    ...originMetadata(lora),
    lora_adapter_metadata: diffusersMetadata([...lora.tensors.keys()], lora.rank),
  });
}

/** A LoRA as PEFT's folder, zipped: adapter_config.json and adapter_model.safetensors. */
export function writePeftZip(lora: LoraExport): Uint8Array<ArrayBuffer> {
  const config = {
    ...peftConfig([...lora.tensors.keys()], lora.rank),
    base_model_name_or_path: lora.run?.bundle ?? null,
    inference_mode: true,
    task_type: null,
  };
  const zip = zipSync(
    {
      'adapter_config.json': strToU8(`${JSON.stringify(config, null, 2)}\n`),
      'adapter_model.safetensors': writeSafetensors(named(lora, 'base_model.model.'), originMetadata(lora)),
    },
    // Zip stores a local date: the first it knows, so that the same run gives the same bytes.
    { level: 0, mtime: new Date(1980, 0, 1) },
  );
  return zip as Uint8Array<ArrayBuffer>;
}

function named({ tensors }: LoraExport, prefix: string) {
  return [...tensors].flatMap(([name, { A, B }]) => [
    { name: `${prefix}${name}.lora_A.weight`, ...A },
    { name: `${prefix}${name}.lora_B.weight`, ...B },
  ]);
}
