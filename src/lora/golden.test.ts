/** Every dialect, storage type and rule against diffusers and PEFT: tools/reference/lora_golden.py makes the files. */
import { readdirSync, readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { relativeL2 } from '../compiler/testing';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors, writeSafetensors } from '../formats/safetensors';
import { type LoraFile, type LoraPair, readLora } from './lora-file';
import { PatternError, peftPattern } from './python-pattern';
import { writeLora, writePeftZip } from './write';

const folder = 'tools/reference/golden/lora';
const bytesOf = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`));
const names = readdirSync(folder).flatMap((file) => file.match(/^(?!expected)(.+)\.safetensors$/)?.[1] ?? []);
const expected = parseSafetensors(bytesOf('expected.safetensors'), 'expected').tensors;
const KEPT = 64;

/** B·A·x for x_i = cos(1 + i)/8, at most 64 of its values: what the reference keeps of ΔW. */
function projected({ A, B }: LoraPair): number[] {
  const [rank, columns] = A.shape;
  const x = Float32Array.from({ length: columns }, (_, i) => Math.cos(1 + i) / 8);
  const down = Array.from({ length: rank }, (_, k) =>
    x.reduce((sum, value, i) => sum + A.data[k * columns + i] * value, 0),
  );
  const y = Array.from({ length: B.shape[0] }, (_, row) =>
    down.reduce((sum, value, k) => sum + B.data[row * rank + k] * value, 0),
  );
  const stride = Math.max(1, Math.floor(y.length / KEPT));
  return y.filter((_, i) => i % stride === 0).slice(0, KEPT);
}

function compare(lora: LoraFile, name: string): void {
  const wanted = [...expected].filter(([key]) => key.startsWith(`${name}/`));
  expect([...lora.tensors.keys()].sort()).toEqual(wanted.map(([key]) => key.slice(name.length + 1)).sort());
  for (const [key, { bytes, dtype }] of wanted) {
    const found = projected(lora.tensors.get(key.slice(name.length + 1))!);
    expect(relativeL2(found, toFloat32(bytes, dtype)), key).toBeLessThan(1e-6);
  }
}

describe('a file of every dialect means what diffusers makes of it', () => {
  it('there are files', () => expect(names.length).toBeGreaterThan(15));
  it.each(names)('%s', (name) => compare(readLora(bytesOf(`${name}.safetensors`), name), name));
  it.each(names)('%s, written again for diffusers and for PEFT', (name) => {
    const lora = readLora(bytesOf(`${name}.safetensors`), name);
    compare(readLora(writeLora(lora), name), name);
    compare(readLora(writePeftZip(lora), name), name);
  });
});

describe('PEFT’s folder', () => {
  const config = bytesOf('peft/adapter_config.json');
  const weights = bytesOf('peft/adapter_model.safetensors');
  it('as two files', () => compare(readLora(weights, 'peft', config), 'peft'));
  it('as a zip', () => {
    const files = { 'x/adapter_config.json': config, 'x/adapter_model.safetensors': weights };
    for (const level of [0, 9] as const) compare(readLora(zipSync(files, { level }) as never, 'peft'), 'peft');
  });
  it('the weights alone have a scale that nobody knows: one warning', () => {
    expect(readLora(weights, 'x').warnings).toEqual([expect.stringContaining('without its adapter_config.json')]);
    expect(readLora(weights, 'x', config).warnings).toEqual([]);
  });
});

interface Rules {
  linears: string[];
  configs: { config: object; scales: number[] | null }[];
  names: string[];
  patterns: { pattern: string; matches: boolean[] | null }[];
}
const rules: Rules = JSON.parse(readFileSync(`${folder}/rules.json`, 'utf8'));

describe('PEFT’s configs', () => {
  const square = (name: string) => [
    { name: `transformer.${name}.lora_A.weight`, shape: [4, 2], data: new Float32Array(8).fill(1) },
    { name: `transformer.${name}.lora_B.weight`, shape: [2, 4], data: new Float32Array(8).fill(1) },
  ];
  const scales = (config: object) => {
    const packed = Object.entries(config).map(([key, value]) => [`transformer.${key}`, value]);
    const metadata = { lora_adapter_metadata: JSON.stringify(Object.fromEntries(packed)) };
    const bytes = writeSafetensors(rules.linears.flatMap(square), metadata);
    const { tensors } = readLora(bytes, 'x');
    return rules.linears.map((name: string) => Number(tensors.get(name)!.B.data[0].toFixed(4)));
  };
  for (const { config, scales: wanted } of rules.configs) {
    it(JSON.stringify(config), () => {
      if (wanted === null) expect(() => scales(config)).toThrow(/^x: /);
      else expect(scales(config)).toEqual(wanted);
    });
  }
});

describe('Python’s patterns', () => {
  for (const { pattern, matches } of rules.patterns) {
    it(pattern, () => {
      if (matches === null) expect(() => peftPattern(pattern)).toThrow(PatternError);
      else expect(rules.names.map(peftPattern(pattern))).toEqual(matches);
    });
  }
});
