import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { writeSafetensors } from '../formats/safetensors';
import { type LoraTensors, readLora } from './lora-file';
import { writeLora, writePeftZip } from './write';

const q = 'transformer_blocks.0.attn.to_q';
const out = 'single_transformer_blocks.1.proj_out';

const ramp = (length: number, from: number) => Float32Array.from({ length }, (_, i) => from + i / 8);

/** Two linears of rank 2. */
function pairs(): LoraTensors {
  return new Map([
    [q, { A: { shape: [2, 3], data: ramp(6, -1) }, B: { shape: [4, 2], data: ramp(8, 2) } }],
    [out, { A: { shape: [2, 5], data: ramp(10, 0.5) }, B: { shape: [3, 2], data: ramp(6, -3) } }],
  ]);
}

/** A file of any keys, shapes and metadata, filled with 1, 2, 3, … */
function file(shapes: Record<string, number[]>, metadata: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((total, size) => total * size, 1);
      return { name, shape, data: Float32Array.from({ length }, (_, i) => i + 1) };
    }),
    metadata,
  );
}

const pairOf = (name: string, rank = 2) => ({
  [`${name}.lora_A.weight`]: [rank, 3],
  [`${name}.lora_B.weight`]: [4, rank],
});

describe('readLora', () => {
  it('needs no metadata', () => {
    const lora = readLora(file(pairOf(`transformer.${q}`), { format: 'pt' }), 'x');
    expect(lora.rank).toBe(2);
    expect(lora.alpha).toBe(2);
    expect(lora.run).toBeUndefined();
    expect(lora.baseHash).toBeUndefined();
    expect(lora.step).toBeUndefined();
    expect(lora.tensors.get(q)).toEqual({
      A: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      B: { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    });
  });

  it.each([
    ['no prefix', q],
    ["PEFT's prefix", `base_model.model.${q}`],
    ['both prefixes', `base_model.model.transformer.${q}`],
  ])('reads keys with %s', (_, name) => {
    expect([...readLora(file(pairOf(name)), 'x').tensors.keys()]).toEqual([q]);
  });

  it("reads keys with PEFT's LoRA name", () => {
    const keys = { [`${q}.lora_A.default.weight`]: [2, 3], [`${q}.lora_B.default.weight`]: [4, 2] };
    expect([...readLora(file(keys), 'x').tensors.keys()]).toEqual([q]);
  });

  const config = (values: object) => ({ lora_adapter_metadata: JSON.stringify({ r: 2, ...values }) });
  const B = (bytes: Uint8Array<ArrayBuffer>) => readLora(bytes, 'x').tensors.get(q)!.B.data[1];

  it('folds the scale that the file names into B', () => {
    const keys = pairOf(`transformer.${q}`);
    expect(B(file(keys))).toBe(2);
    expect(B(file({ ...keys, [`transformer.${q}.alpha`]: [] }))).toBe(1);
    expect(B(file({ ...keys, [`transformer.${q}.lora_A.weight.alpha`]: [1] }))).toBe(1);
    expect(B(file(keys, config({ lora_alpha: 6 })))).toBe(6);
    expect(B(file(keys, config({})))).toBe(8);
    expect(B(file(keys, { lora_adapter_metadata: '{"text_encoder.lora_alpha":6}' }))).toBe(2);
    expect(B(file(keys, { ss_network_alpha: '6' }))).toBe(2);
  });

  it('refuses two places that name different scales, and reads two that agree', () => {
    const keys = { ...pairOf(`transformer.${q}`), [`transformer.${q}.alpha`]: [] };
    expect(B(file(keys, config({ lora_alpha: 1 })))).toBe(1);
    expect(() => B(file(keys, config({ lora_alpha: 6 })))).toThrow(
      `x: the scale of ${q} is 3 by lora_adapter_metadata and 0.5 by its alpha tensors, expected the same.`,
    );
    const beside = strToU8('{"r":2,"lora_alpha":4}');
    expect(() => readLora(file(keys, config({ lora_alpha: 1 })), 'x', beside)).toThrow('is 2 by adapter_config.json');
  });

  it('pads pairs of smaller rank', () => {
    const lora = readLora(file({ ...pairOf(q, 1), ...pairOf(out, 2) }), 'x');
    expect(lora.rank).toBe(2);
    expect(lora.tensors.get(q)).toEqual({
      A: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 0, 0, 0) },
      B: { shape: [4, 2], data: Float32Array.of(1, 0, 2, 0, 3, 0, 4, 0) },
    });
  });

  it('reads f16 and bf16', () => {
    for (const [dtype, one] of [
      ['F16', 0x3c00],
      ['BF16', 0x3f80],
    ] as const) {
      const header = strToU8(
        JSON.stringify({
          [`${q}.lora_A.weight`]: { dtype, shape: [1, 2], data_offsets: [0, 4] },
          [`${q}.lora_B.weight`]: { dtype, shape: [2, 1], data_offsets: [4, 8] },
        }),
      );
      const bytes = new Uint8Array(8 + header.length + 8);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      bytes.set(header, 8);
      bytes.set(new Uint8Array(Uint16Array.of(one, one, one, one).buffer), 8 + header.length);
      expect(readLora(bytes, 'x').tensors.get(q)).toEqual({
        A: { shape: [1, 2], data: Float32Array.of(1, 1) },
        B: { shape: [2, 1], data: Float32Array.of(1, 1) },
      });
    }
  });

  it('passes over a run file that it cannot read', () => {
    const lora = readLora(file(pairOf(q), { run_file: '{"version":9}', base_sha256: 'x', ss_steps: 'many' }), 'x');
    expect([lora.run, lora.baseHash, lora.step]).toEqual([undefined, undefined, undefined]);
  });

  const peft = (files: Record<string, Uint8Array>) => zipSync(files) as Uint8Array<ArrayBuffer>;
  const weights = file(pairOf(`base_model.model.${q}`));
  const notFinite = writeSafetensors([
    { name: `${q}.lora_A.weight`, shape: [1, 1], data: Float32Array.of(Number.NaN) },
    { name: `${q}.lora_B.weight`, shape: [1, 1], data: Float32Array.of(1) },
  ]);

  it('reads a zip with its folder', () => {
    const zip = peft({
      'my/adapter_model.safetensors': weights,
      'my/adapter_config.json': strToU8('{"r":2,"lora_alpha":4}'),
    });
    expect(readLora(zip, 'x').tensors.get(q)!.B.data[0]).toBe(2);
  });

  it.each([
    ['no LoRA tensors', file({ 'transformer.w': [2, 2] }), 'has no LoRA tensors'],
    ['no tensors', file({}), 'has no LoRA tensors'],
    ['half a pair', file({ [`${q}.lora_B.weight`]: [4, 2] }), `${q} has lora_B.weight, expected lora_A.weight too`],
    [
      'two ranks in a pair',
      file({ [`${q}.lora_A.weight`]: [2, 3], [`${q}.lora_B.weight`]: [4, 3] }),
      `lora_A of ${q} has rank 2 and lora_B has rank 3, expected the same`,
    ],
    ['a convolution', file({ [`${q}.lora_A.weight`]: [2, 3, 1, 1] }), 'has shape [2, 3, 1, 1], expected two sizes'],
    ['rank 0', file({ [`${q}.lora_A.weight`]: [0, 3] }), 'has shape [0, 3], expected two sizes above 0'],
    [
      'other tensors',
      file({ ...pairOf(q), [`${q}.lora_B.bias`]: [4] }),
      `tensor ${q}.lora_B.bias is part of a LoRA of biases, which is not read`,
    ],
    ['one linear twice', file({ ...pairOf(q), ...pairOf(`transformer.${q}`) }), `names lora_A of ${q} twice`],
    ['values that are not finite', notFinite, 'holds a value that is not finite'],
    [
      'DoRA',
      file(pairOf(q), { lora_adapter_metadata: '{"transformer.use_dora":true}' }),
      '"use_dora" is true: DoRA is not read',
    ],
    ['bad metadata', file(pairOf(q), { lora_adapter_metadata: '{' }), 'lora_adapter_metadata is not valid JSON'],
    ['text', strToU8('hello, world: no LoRA') as Uint8Array<ArrayBuffer>, 'names a header of'],
    ['nothing', new Uint8Array(0), 'has 0 bytes'],
    ['a zip of something else', peft({ 'a.txt': strToU8('a') }), 'holds no LoRA, expected adapter_config.json'],
    [
      'a zip without weights',
      peft({ 'adapter_config.json': strToU8('{}') }),
      'has adapter_config.json, expected adapter_model.safetensors beside it',
    ],
    [
      'a zip without a config',
      peft({ 'adapter_model.safetensors': weights }),
      'has adapter_model.safetensors, expected adapter_config.json beside it',
    ],
    [
      'a zip with a bad config',
      peft({ 'adapter_config.json': strToU8('['), 'adapter_model.safetensors': weights }),
      'adapter_config.json is not valid JSON',
    ],
    ['a damaged zip', peft({ 'adapter_config.json': strToU8('{}') }).slice(0, 60), 'is a damaged zip file'],
  ])('refuses %s', (_, bytes, sentence) => {
    const read = () => readLora(bytes, 'x.safetensors');
    expect(read).toThrow(UserError);
    expect(read).toThrow(sentence);
    expect(read).toThrow('x.safetensors');
  });

  it('answers every truncation with a UserError', () => {
    const lora = { tensors: pairs(), rank: 2 };
    for (const whole of [writeLora(lora), writePeftZip(lora)]) {
      for (let length = 0; length < whole.length; length += 7) {
        expect(() => readLora(whole.slice(0, length), 'cut')).toThrow(UserError);
      }
    }
  });
});
