/** @file LoRA files: .safetensors of diffusers and kohya, their metadata, and PEFT's folder as a zip. */
import { strToU8, zipSync } from 'fflate';
import type { Model } from '../align/model';
import { writeSafetensors } from '../formats/safetensors';
import { factorsFromFile, layoutOfFile } from '../lora/layout';
import { readLora } from '../lora/lora-file';
import { parseRunFile } from '../methods/run-file';
import { mutateBytes, mutateJson, mutateSafetensors, oneOf } from './mutate';
import { ofBytes, type Target, unsafePart, Warning } from './target';

const PLAIN_RUN = parseRunFile({ version: 1, prompts: ['cat face', 'red apple'] });

/** @param model the base that the LoRAs are for */
export function loraTargets({ linears }: Model): Target[] {
  const tensors = loraTensors(linears.slice(0, 3), (linear) => `transformer.${linear}`);
  const kohya = loraTensors(linears.slice(0, 3), (linear) => `lora_transformer_${linear.replaceAll('.', '_')}`).map(
    ({ name, ...tensor }) => ({ ...tensor, name: name.replace('lora_A', 'lora_down').replace('lora_B', 'lora_up') }),
  );
  const metadata = {
    lora_adapter_metadata: JSON.stringify(PEFT),
    run_file: JSON.stringify(PLAIN_RUN),
    ss_steps: '3',
  };
  const good = writeSafetensors(tensors, metadata);
  const read = (bytes: Uint8Array<ArrayBuffer>, name: string) => {
    const file = readLora(bytes, name);
    const unsafe = file.warnings.find((warning) => unsafePart(warning) !== undefined);
    if (unsafe !== undefined) throw new Warning(unsafe);
    return [file.rank, file.step, file.run, factorsFromFile(layoutOfFile(file, linears, name), file, name)];
  };
  const zip = (config: string, weights: Uint8Array = good) =>
    zipSync(
      { 'a/adapter_config.json': strToU8(config), 'a/adapter_model.safetensors': weights },
      { level: 1, mtime: new Date(1980, 0, 1) },
    );
  return [
    ofBytes(
      'LoRA',
      (random) => mutateSafetensors(random, good),
      (bytes) => read(bytes, 'lora.safetensors'),
    ),
    ofBytes(
      'kohya LoRA',
      (random) => mutateSafetensors(random, writeSafetensors(kohya, { ss_network_dim: '2', ss_network_alpha: '4' })),
      (bytes) => read(bytes, 'kohya.safetensors'),
    ),
    ofBytes(
      'LoRA metadata',
      (random) =>
        writeSafetensors(tensors, { ...metadata, [oneOf(random, Object.keys(metadata))]: mutateJson(random, PEFT) }),
      (bytes) => read(bytes, 'lora.safetensors'),
    ),
    ofBytes(
      'PEFT zip',
      (random) => mutateBytes(random, zip(JSON.stringify(PEFT))),
      (bytes) => read(bytes, 'lora.zip'),
    ),
    ofBytes(
      'PEFT folder',
      (random) => zip(JSON.stringify(PEFT), mutateSafetensors(random, good)),
      (bytes) => read(bytes, 'lora.zip'),
    ),
    ofBytes(
      'adapter_config.json',
      (random) => zip(mutateJson(random, PEFT)),
      (bytes) => read(bytes, 'lora.zip'),
    ),
  ];
}

function loraTensors(
  linears: readonly { name: string; in: number; out: number }[],
  nameOf: (linear: string) => string,
) {
  const ramp = (count: number) => Float32Array.from({ length: count }, (_, i) => (i % 7) / 7 - 0.4);
  return linears.flatMap(({ name, in: columns, out }) => [
    { name: `${nameOf(name)}.lora_A.weight`, shape: [2, columns], data: ramp(2 * columns) },
    { name: `${nameOf(name)}.lora_B.weight`, shape: [out, 2], data: ramp(out * 2) },
    { name: `${nameOf(name)}.alpha`, shape: [], data: Float32Array.of(4) },
  ]);
}

const PEFT = {
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 4,
  alpha_pattern: { to_q: 8, '^a.*b$': 1 },
  rank_pattern: {},
  target_modules: ['to_q', 'to_k'],
  use_rslora: false,
  use_dora: false,
  bias: 'none',
  lora_dropout: 0,
};
