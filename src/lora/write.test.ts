import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../formats/dtypes';
import { parseSafetensors } from '../formats/safetensors';
import { parseRunFile } from '../methods/run-file';
import { factorsFromFile, LoraLayout, tensorsForFile } from './layout';
import { type LoraTensors, readLora } from './lora-file';
import { type LoraExport, writeLora, writePeftZip } from './write';

const baseHash = 'ab'.repeat(32);
const q = 'transformer_blocks.0.attn.to_q';
const out = 'single_transformer_blocks.1.proj_out';
const run = parseRunFile({
  version: 1,
  prompts: ['cat face'],
  lora: { rank: 2, alpha: 5, targets: ['attn.to_q', 'proj_out'] },
});
const ramp = (length: number, from: number) => Float32Array.from({ length }, (_, i) => from + i / 8);

/** Two linears of rank 2. */
function pairs(): LoraTensors {
  return new Map([
    [q, { A: { shape: [2, 3], data: ramp(6, -1) }, B: { shape: [4, 2], data: ramp(8, 2) } }],
    [out, { A: { shape: [2, 5], data: ramp(10, 0.5) }, B: { shape: [3, 2], data: ramp(6, -3) } }],
  ]);
}

const lora = (more: Partial<LoraExport> = {}): LoraExport => ({
  tensors: pairs(),
  rank: 2,
  run,
  baseHash,
  step: 12,
  ...more,
});

describe('writeLora', () => {
  it("writes diffusers' keys and shapes, and alpha = rank in every place that names it", () => {
    const { tensors, metadata } = parseSafetensors(writeLora(lora()), 'x');
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      [`transformer.${out}.lora_A.weight`, 'F32', [2, 5]],
      [`transformer.${out}.lora_B.weight`, 'F32', [3, 2]],
      [`transformer.${q}.lora_A.weight`, 'F32', [2, 3]],
      [`transformer.${q}.lora_B.weight`, 'F32', [4, 2]],
    ]);
    const B = tensors.get(`transformer.${q}.lora_B.weight`)!;
    expect(toFloat32(B.bytes, B.dtype)).toEqual(ramp(8, 2));
    expect(JSON.parse(metadata.lora_adapter_metadata)).toMatchObject({
      'transformer.r': 2,
      'transformer.lora_alpha': 2,
      'transformer.target_modules': [out, q],
    });
    expect(metadata).toMatchObject({ format: 'pt', base_sha256: baseHash, ss_network_dim: '2', ss_network_alpha: '2' });
    const allowed = /^(format|lora_adapter_metadata|run_file|base_sha256|modelspec\..+|ss_.+)$/;
    expect(Object.keys(metadata).filter((key) => !allowed.test(key))).toEqual([]);
  });

  it('names a LoRA of FLUX.2 as that, and reads its keys again', () => {
    const of = (linear: string) => new Map([[linear, pairs().get(q)!]]);
    const bytes = writeLora(lora({ tensors: of('single_transformer_blocks.0.attn.to_qkv_mlp_proj') }));
    const { metadata } = parseSafetensors(bytes, 'x');
    expect(metadata).toMatchObject({ 'modelspec.architecture': 'flux2/lora', ss_base_model_version: 'flux2' });
    expect([...readLora(bytes, 'x').tensors.keys()]).toEqual(['single_transformer_blocks.0.attn.to_qkv_mlp_proj']);
    expect(parseSafetensors(writeLora(lora()), 'x').metadata.ss_base_model_version).toBe('flux');
  });

  it('names the words in force and keeps their history, which reads back; the run file keeps its own', () => {
    const wordChanges = [
      { step: 3, positive: ['pixel art'], negative: ['neon sign'] },
      { step: 7, positive: ['pixel art'], negative: ['sepia'] },
    ];
    for (const bytes of [writeLora(lora({ wordChanges })), writePeftZip(lora({ wordChanges }))]) {
      const read = readLora(bytes, 'x');
      expect(read.wordChanges).toEqual(wordChanges);
      expect(read.run).toEqual(run);
    }
    const { metadata } = parseSafetensors(writeLora(lora({ wordChanges })), 'x');
    expect(metadata['modelspec.title']).toContain('pixel art');
    expect(metadata['modelspec.description']).toMatch(/against sepia$/);
    expect(readLora(writeLora(lora()), 'x').wordChanges).toBeUndefined();
  });

  it('of a LoRA of which nothing is known writes the tensors and PEFT’s config only', () => {
    const { metadata } = parseSafetensors(writeLora({ tensors: pairs(), rank: 2 }), 'x');
    expect(Object.keys(metadata)).toEqual(['format', 'lora_adapter_metadata']);
  });

  it('gives the same bytes each time, whatever the order of the linears', () => {
    const reversed = lora({ tensors: new Map([...pairs()].reverse()) });
    expect(writeLora(reversed)).toEqual(writeLora(lora()));
    expect(writePeftZip(lora())).toEqual(writePeftZip(lora()));
  });
});

describe('writePeftZip', () => {
  it("holds PEFT's two files", () => {
    const files = unzipSync(writePeftZip(lora()));
    expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    expect(JSON.parse(strFromU8(files['adapter_config.json']))).toMatchObject({
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 2,
      target_modules: [out, q],
    });
    const { tensors } = parseSafetensors(files['adapter_model.safetensors'].slice(), 'x');
    expect([...tensors.keys()]).toContain(`base_model.model.${q}.lora_A.weight`);
  });
});

it.each([
  ['safetensors', writeLora],
  ['a PEFT zip', writePeftZip],
])('what was written as %s is read back as it was', (_, write) => {
  const read = readLora(write(lora()), 'x');
  expect(read).toMatchObject({ rank: 2, alpha: 2, run, baseHash, step: 12 });
  expect(new Map([...read.tensors].sort())).toEqual(new Map([...pairs()].sort()));
});

it('a run’s factors, exported with alpha 5 and rank 2, are W + B·A in the file and the same again inside', () => {
  const layout = new LoraLayout(2, 5, [{ name: q, in: 3, out: 4 }]);
  const flat = new Float32Array(layout.count);
  layout.part(flat, layout.factors[0]).set(ramp(6, -1));
  layout.part(flat, layout.factors[1]).set(ramp(8, 2));
  const bytes = writeLora(lora({ tensors: tensorsForFile(layout, flat) }));
  const { B } = readLora(bytes, 'x').tensors.get(q)!;
  expect(B.data).toEqual(ramp(8, 2).map((value) => value * 2.5));
  expect(factorsFromFile(layout, readLora(bytes, 'x'), 'x')).toEqual(flat);
});
