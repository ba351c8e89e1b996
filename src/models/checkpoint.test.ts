/** Checkpoints against diffusers' own conversion: `tools/reference/checkpoint_golden.py`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { bytesOf, type Dtype } from '../formats/dtypes';
import { type FileSource, memorySource } from '../formats/file-source';
import { ggufOf } from '../formats/testing';
import { sha256Hex } from './bundle';
import { isFluxCheckpoint, openCheckpoint } from './checkpoint';
import { configOf, missingOf, requireWhole, tensorsOf } from './checkpoint-sizes';

const GOLDEN = new URL('../../tools/reference/golden/checkpoints/', import.meta.url).pathname;
const json = (name: string) => JSON.parse(readFileSync(`${GOLDEN}${name}`, 'utf8'));

type Shapes = Record<string, number[]>;
const published: Record<string, { class: string; config: Record<string, unknown>; bfl: Shapes; diffusers: Shapes }> =
  json('shapes.json');

/** A .safetensors file that is only a header; its data is never there. */
function headerSource(shapes: Shapes, dtype: Dtype | ((name: string) => Dtype) = 'BF16'): FileSource {
  const of = (name: string) => (typeof dtype === 'string' ? dtype : dtype(name));
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += bytesOf(
      of(name),
      shape.reduce((total, size) => total * size, 1),
    );
    return [name, { dtype: of(name), shape, data_offsets: [begin, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const head = new Uint8Array(8 + header.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.length), true);
  head.set(header, 8);
  return {
    describe: 'm',
    size: async () => head.length + end,
    list: async () => [],
    read: async (_, from = 0, to = head.length) => {
      if (to > head.length) throw new Error('data of a file that has none');
      return head.slice(from, to);
    },
  };
}

/** The shapes with so many blocks of each kind in place of one. */
function repeated(shapes: Shapes, double: number, single: number): Shapes {
  return Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]): [string, number[]][] => {
      const [block] = /^(?:single_)?(?:double_|transformer_)?blocks\.0\./.exec(name) ?? [''];
      const count = block === '' ? 1 : block.startsWith('single') ? single : double;
      return Array.from({ length: count }, (_, i) => [name.replace('blocks.0.', `blocks.${i}.`), shape]);
    }),
  );
}

describe('openCheckpoint', () => {
  it.each([
    ['flux1.safetensors', 'FLUX.1', 'bfl', '.safetensors'],
    ['flux1.gguf', 'FLUX.1', 'bfl', 'GGUF'],
    ['flux2.safetensors', 'FLUX.2', 'bfl', '.safetensors'],
    ['flux2-bf16', 'FLUX.2', 'diffusers', '.safetensors, 4 shards'],
  ])('%s is what diffusers converts it to, to the bit', async (name, architecture, names, format) => {
    const expected: Record<string, [number[], string]> = json('converted.json')[name];
    const path = name.includes('.') ? name : `${name}/diffusion_pytorch_model.safetensors.index.json`;
    const checkpoint = await openCheckpoint(dirSource(GOLDEN), path);
    expect(checkpoint).toMatchObject({ architecture, names, format, unused: [] });
    const { tensors } = checkpoint;
    expect([...tensors.info.keys()].sort()).toEqual(Object.keys(expected));
    for (const [tensor, [shape, sha256]] of Object.entries(expected)) {
      const read = await tensors.readFloat32(tensor);
      expect([tensor, read.shape, await sha256Hex(new Uint8Array(read.data.buffer))]).toEqual([tensor, shape, sha256]);
    }
  });

  it.each(['flux1.gguf', 'flux1.safetensors'])('%s: rows are read alone, across swapped halves too', async (name) => {
    const { tensors } = await openCheckpoint(dirSource(GOLDEN), name);
    for (const tensor of ['norm_out.linear.weight', 'transformer_blocks.0.attn.to_k.weight', 'proj_out.bias']) {
      const whole = await tensors.read(tensor);
      const row = whole.bytes.length / whole.shape[0];
      for (const [begin, end] of [
        [0, 5],
        [3, 32],
        [30, whole.shape[0]],
      ]) {
        const { shape, bytes, dtype } = await tensors.read(tensor, [begin, end]);
        expect([dtype, ...shape]).toEqual([whole.dtype, end - begin, ...whole.shape.slice(1)]);
        expect(bytes).toEqual(whole.bytes.slice(begin * row, end * row));
      }
    }
  });

  it('takes the other name of a scale, and leaves what a checkpoint of ComfyUI holds besides', async () => {
    const shapes = { ...published['FLUX.2-klein-4B'].bfl };
    const linear = 'double_blocks.0.img_attn.qkv';
    const prefixed = Object.fromEntries(
      Object.entries({
        ...shapes,
        [`${linear}.scale_weight`]: [],
        [`${linear}.scale_input`]: [1],
        scaled_fp8: [0],
      }).map(([name, shape]) => [`model.diffusion_model.${name}`, shape]),
    );
    const source = headerSource({ ...prefixed, 'vae.decoder.conv_in.weight': [4, 4, 3, 3] }, (name) =>
      name.endsWith('qkv.weight') || name.endsWith('fp8') ? 'F8_E4M3' : 'F32',
    );
    const { tensors, unused } = await openCheckpoint(source, 'a.safetensors');
    expect(unused).toEqual(['vae.decoder.conv_in.weight']);
    for (const part of ['to_q', 'to_k', 'to_v']) {
      const { scale, dtype } = tensors.info.get(`transformer_blocks.0.attn.${part}.weight`)!;
      expect([dtype, scale?.name]).toEqual(['F8_E4M3', `model.diffusion_model.${linear}.scale_weight`]);
    }
    expect(tensors.info.get('transformer_blocks.0.attn.add_q_proj.weight')!.scale).toBeUndefined();
  });

  const klein = published['FLUX.2-klein-4B'].bfl;
  const dev = published['FLUX.1-dev'].bfl;
  const qkv = 'double_blocks.0.img_attn.qkv';
  const fp8 = (name: string): Dtype => (name === `${qkv}.weight` ? 'F8_E4M3' : 'F32');
  it.each<[string, FileSource, string]>([
    [
      'no tensors',
      headerSource({}),
      'm: a.safetensors holds no FLUX transformer (no tensors), expected names of FLUX.1',
    ],
    ['another model', headerSource({ 'model.embed.weight': [1] }), '(its tensors are model.embed.weight), expected'],
    [
      'a scale of rows',
      headerSource({ ...klein, [`${qkv}.weight_scale`]: [9] }, fp8),
      'is F32 [9], expected one number',
    ],
    [
      ...([
        'two scales',
        headerSource({ ...klein, [`${qkv}.weight_scale`]: [], [`${qkv}.scale_weight`]: [] }, fp8),
      ] as const),
      `m: a.safetensors: tensor ${qkv}.weight has two scales.`,
    ],
    [
      ...(['rows that are not three parts', headerSource({ ...klein, [`${qkv}.weight`]: [9000, 3072] })] as const),
      `tensor ${qkv}.weight has shape [9000,3072], expected the rows of query, key and value, 3072 each.`,
    ],
    [
      ...(['no rows of an MLP', headerSource({ ...dev, 'single_blocks.0.linear1.weight': [9216, 3072] })] as const),
      'has shape [9216,3072], expected the rows of query, key and value and of an MLP, 3072 each.',
    ],
    [
      ...([
        'a shift without a scale',
        headerSource({ ...dev, 'final_layer.adaLN_modulation.1.bias': [3073] }),
      ] as const),
      'has shape [3073], expected rows of a shift and as many of a scale.',
    ],
    [
      ...(['a norm twice', headerSource({ ...dev, 'single_blocks.0.norm.query_norm.weight': [128] })] as const),
      'tensor single_blocks.0.norm.query_norm.weight is there under two names.',
    ],
  ])('names %s', async (_, source, sentence) => {
    const error = await openCheckpoint(source, 'a.safetensors').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(sentence);
  });

  it('names another model of GGUF by its kind, and a bias whose blocks would be cut', async () => {
    const open = (file: Uint8Array) => openCheckpoint(memorySource('m', { 'a.gguf': file }), 'a.gguf');
    const text = (value: string) =>
      Uint8Array.of(value.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(value));
    const llama = ggufOf({
      pairs: [['general.architecture', 8, text('llama')]],
      tensors: [{ name: 'token_embd.weight', sizes: [1], type: 0, bytes: new Uint8Array(4) }],
    });
    await expect(open(llama)).rejects.toThrow('(its tensors are token_embd.weight, general.architecture is "llama")');
    const f32 = (name: string, ...sizes: number[]) => ({
      ...{ name, sizes, type: 0 },
      bytes: new Uint8Array(4 * sizes.reduce((total, size) => total * size)),
    });
    const cut = ggufOf({
      tensors: [
        f32('double_blocks.0.img_mod.lin.weight', 1),
        { name: 'final_layer.adaLN_modulation.1.bias', sizes: [32], type: 8, bytes: new Uint8Array(34) },
      ],
    });
    await expect(open(cut)).rejects.toThrow(
      'm: a.gguf: tensor final_layer.adaLN_modulation.1.bias is Q8_0, whose blocks a part of it would cut.',
    );
  });
});

describe('configOf', () => {
  it.each(Object.keys(published))('%s: diffusers’ config, from either names', async (name) => {
    const { config, bfl, diffusers, class: kind } = published[name];
    const [double, single] = name.startsWith('FLUX.1') ? [19, 38] : [5, 20];
    const expected = { _class_name: kind, ...config, num_layers: double, num_single_layers: single };
    for (const shapes of [bfl, diffusers]) {
      const checkpoint = await openCheckpoint(headerSource(repeated(shapes, double, single)), 'a.safetensors');
      const found = configOf(checkpoint);
      expect(expected).toMatchObject(found);
      expect(Object.fromEntries(tensorsOf(found))).toEqual(repeated(diffusers, double, single));
      expect(() => requireWhole(found, checkpoint.tensors)).not.toThrow();
    }
  });

  const open = async (shapes: Shapes) => await openCheckpoint(headerSource(shapes), 'a.safetensors');
  const dev = published['FLUX.1-dev'].bfl;
  const without = (name: string) => Object.fromEntries(Object.entries(dev).filter(([key]) => key !== name));

  it('says what is missing', async () => {
    const checkpoint = await open(without('single_blocks.0.linear2.bias'));
    expect(missingOf(configOf(checkpoint), checkpoint.tensors)).toEqual(['single_transformer_blocks.0.proj_out.bias']);
    expect(() => requireWhole(configOf(checkpoint), checkpoint.tensors)).toThrow(
      'a.safetensors lacks 1 of the 66 tensors of its transformer: single_transformer_blocks.0.proj_out.bias.',
    );
  });

  it.each<[string, Shapes, string]>([
    [
      'an embedder',
      without('img_in.weight'),
      'a.safetensors has no tensor x_embedder.weight (by diffusers’ name), which',
    ],
    [
      'a shape',
      { ...dev, 'img_in.weight': [3072] },
      'tensor x_embedder.weight has shape [3072], expected [outputs, inputs]',
    ],
    [
      'small heads',
      { ...dev, 'double_blocks.0.img_attn.norm.query_norm.scale': [64] },
      'hidden size 3072 with heads of 64, expected',
    ],
    [
      'a block too far',
      { ...dev, 'double_blocks.1000000.img_mod.lin.bias': [1] },
      'has a tensor of block 1000000, expected',
    ],
    [
      'another shape',
      { ...dev, 'txt_in.bias': [7] },
      'a.safetensors: tensor txt_in.bias has shape [7], expected [3072].',
    ],
    [
      'heads that do not fit',
      { ...dev, 'double_blocks.0.img_attn.norm.query_norm.scale': [5] },
      'a.safetensors: hidden size 3072 is made of heads of 5, expected whole heads.',
    ],
  ])('names %s', async (_, shapes, sentence) => {
    const checkpoint = await open(shapes);
    expect(() => requireWhole(configOf(checkpoint), checkpoint.tensors)).toThrow(sentence);
  });
});

it('isFluxCheckpoint tells a LoRA from a model', () => {
  const names = Object.keys(published['FLUX.1-dev'].bfl);
  expect(isFluxCheckpoint(names)).toBe(true);
  expect(isFluxCheckpoint(names.map((name) => `model.diffusion_model.${name}`))).toBe(true);
  expect(isFluxCheckpoint(Object.keys(published['FLUX.2-dev'].diffusers))).toBe(true);
  expect(isFluxCheckpoint(['transformer.single_transformer_blocks.0.norm.linear.lora_A.weight'])).toBe(false);
  expect(isFluxCheckpoint(['diffusion_model.double_blocks.0.img_mod.lin.lora_A.weight'])).toBe(false);
});
