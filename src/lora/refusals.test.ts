/** What is no plain LoRA of a FLUX transformer is named for what it is, in one sentence. */
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { writeSafetensors } from '../formats/safetensors';
import { atStrength, readLora } from './lora-file';

const q = 'transformer_blocks.0.attn.to_q';
const Q = `transformer.${q}`;

/** A file of any keys and shapes, filled with `fill`. */
function file(shapes: Record<string, number[]>, fill = 1, metadata: Record<string, string> = {}) {
  const tensors = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
  }));
  return writeSafetensors(tensors, metadata);
}

/** A file of one tensor of any storage type, and a pair. */
function withTensor(name: string, dtype: string, bytes: number, shape: number[] = []): Uint8Array<ArrayBuffer> {
  const header = JSON.stringify({
    [`${Q}.lora_A.weight`]: { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] },
    [`${Q}.lora_B.weight`]: { dtype: 'F32', shape: [1, 1], data_offsets: [4, 8] },
    [name]: { dtype, shape, data_offsets: [8, 8 + bytes] },
  });
  const all = new Uint8Array(8 + header.length + 8 + bytes);
  new DataView(all.buffer).setBigUint64(0, BigInt(header.length), true);
  all.set(strToU8(header), 8);
  all.set(new Uint8Array(Float32Array.of(1, 1).buffer), 8 + header.length);
  return all;
}

const pairOf = (name: string, a = 'lora_A.weight', b = 'lora_B.weight') => ({
  [`${name}.${a}`]: [2, 3],
  [`${name}.${b}`]: [4, 2],
});
const pair = pairOf(Q);

function refused(bytes: Uint8Array<ArrayBuffer>, sentence: string | RegExp, config: string | null = null): void {
  const read = () => readLora(bytes, 'x', config === null ? null : strToU8(config));
  expect(read).toThrow(UserError);
  expect(read).toThrow(sentence);
}

describe('other methods', () => {
  it.each([
    [`${Q}.dora_scale`, 'part of a DoRA'],
    [`${Q}.lora_magnitude_vector.default.weight`, 'part of a DoRA'],
    ['lora_unet_double_blocks_0_img_attn_qkv.dora_scale', 'part of a DoRA'],
    ['lora_unet_double_blocks_0_img_attn_qkv.hada_w1_a', 'part of a LoHa'],
    ['lora_unet_double_blocks_0_img_attn_qkv.lokr_w1', 'part of a LoKr'],
    [`base_model.model.${q}.ia3_l`, 'part of an IA3 adapter'],
    [`base_model.model.${q}.oft_R.weight`, 'part of an OFT or GLoRA adapter'],
    [`base_model.model.${q}.vera_lambda_b`, 'part of a VeRA'],
    [`base_model.model.${q}.lora_E`, 'part of an AdaLoRA'],
    [`${Q}.lora_mid.weight`, 'part of a LoRA of a convolution'],
    [`${Q}.lora_B.bias`, 'part of a LoRA of biases'],
    [`${Q}.lora_B.default.bias`, 'part of a LoRA of biases'],
    ['lora_unet_double_blocks_0_img_attn_qkv.diff_b', 'part of a LoRA of biases'],
    ['diffusion_model.double_blocks.0.img_attn.norm.query_norm.diff', 'part of a difference of whole weights'],
    ['transformer.transformer_blocks.0.attn.norm_q.weight', 'part of a norm trained whole'],
    ['double_blocks.0.img_attn.norm.query_norm.scale', 'part of a norm trained whole'],
  ])('%s', (name, what) => {
    refused(file({ ...pair, [name]: [4] }), `x: tensor ${name} is ${what}`);
  });

  it('in a file without any pair too', () => {
    refused(file({ 'lora_unet_double_blocks_0_img_attn_qkv.lokr_w1': [4, 4] }), 'is part of a LoKr');
    refused(file({ [`${Q}.lora_magnitude_vector`]: [4] }), 'is part of a DoRA');
  });

  it('biases and differences that are all zero are passed over', () => {
    const zero = `${Q}.lora_B.bias`;
    const bytes = writeSafetensors([
      ...Object.entries(pair).map(([name, shape]) => ({
        name,
        shape,
        data: new Float32Array(shape[0] * shape[1]).fill(1),
      })),
      { name: zero, shape: [4], data: new Float32Array(4) },
    ]);
    expect(readLora(bytes, 'x').tensors.size).toBe(1);
  });

  it.each(['use_dora', 'use_qalora', 'kasa_config', 'alora_invocation_tokens'])('a config with %s', (key) => {
    refused(
      file(pair),
      `adapter_config.json: "${key}"`,
      JSON.stringify({ r: 2, [key]: key === 'use_dora' || { a: 1 } }),
    );
  });
  it('a config of another method', () => {
    refused(file(pair), '"peft_type" is "LOHA", expected "LORA"', '{"peft_type":"LOHA","r":2}');
  });
});

describe('other models', () => {
  it.each([
    ['lora_unet_down_blocks_0_attentions_0_proj_in', 'a UNet (Stable Diffusion)'],
    ['unet.up_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q', 'a UNet (Stable Diffusion)'],
    ['base_model.model.model.layers.0.self_attn.q_proj', 'a language model'],
    ['diffusion_model.joint_blocks.0.x_block.attn.qkv', 'another transformer'],
  ])('%s', (name, model) => {
    refused(file(pairOf(name)), `${name}.lora_A.weight adapts no linear of a FLUX transformer: it is of ${model}`);
    refused(
      file(pairOf(name, 'lora_down.weight', 'lora_up.weight')),
      `adapts no linear of a FLUX transformer: it is of ${model}`,
    );
  });

  it('a FLUX linear that does not exist', () => {
    refused(
      file(pairOf('transformer.transformer_blocks.0.attn.to_z')),
      'attn.to_z.lora_A.weight adapts no linear of a FLUX',
    );
    refused(
      file(pairOf('lora_unet_transformer_blocks_0_attn_to', 'lora_down.weight', 'lora_up.weight')),
      'lora_unet_transformer_blocks_0_attn_to.lora_down.weight adapts no linear',
    );
  });

  it('a text encoder: alone it is refused, beside the transformer passed over with one warning', () => {
    const names = ['lora_te1_text_model_encoder_layers_0_mlp_fc1', 'lora_te2_encoder_block_0_layer_0_SelfAttention_q'];
    const ofText = Object.assign({}, ...names.map((name) => pairOf(name, 'lora_down.weight', 'lora_up.weight')));
    refused(file(ofText), `x holds a LoRA of a text encoder only (${names[0]}.lora_down.weight)`);
    expect(readLora(file({ ...ofText, ...pair }), 'x').warnings).toEqual([
      `x adapts a text encoder too (${names[0]}.lora_down.weight); only its LoRA of the transformer is used.`,
    ]);
    for (const name of ['text_encoder.text_model.encoder.layers.0.mlp.fc1', 'text_encoders.t5xxl.transformer.a']) {
      expect(readLora(file({ ...pairOf(name), ...pair }), 'x').warnings).toHaveLength(1);
    }
  });

  it('weights that are no LoRA', () => {
    refused(
      file({ noise: [2, 2] }),
      'x has no LoRA tensors (its first tensor is noise), expected names such as transformer.',
    );
    refused(file({ 'transformer_blocks.0.attn.norm_q.weight': [2] }), 'has no LoRA tensors');
  });
});

describe('pairs', () => {
  it('of two adapters in one file', () => {
    const keys = { [`${Q}.lora_A.a.weight`]: [2, 3], [`${Q}.lora_B.a.weight`]: [4, 2] };
    const other = { 'x_embedder.lora_A.b.weight': [2, 3], 'x_embedder.lora_B.b.weight': [4, 2] };
    refused(file({ ...keys, ...other }), 'x holds several adapters (a, b), expected one');
    refused(
      file({ ...keys, [`${Q}.lora_A.b.weight`]: [2, 3] }),
      /names lora_A of .* twice: .*lora_A\.a\.weight and .*lora_A\.b/,
    );
  });

  it('of one linear by two names', () => {
    const fused = {
      'double_blocks.0.img_attn.qkv.lora_A.weight': [2, 4],
      'double_blocks.0.img_attn.qkv.lora_B.weight': [12, 2],
    };
    refused(file({ ...pair, ...fused }), `adapts ${q} twice: as double_blocks.0.img_attn.qkv and ${q}`);
  });

  it('with rows that are no query, key and value', () => {
    const qkv = 'diffusion_model.double_blocks.0.img_attn.qkv';
    refused(
      file({ [`${qkv}.lora_A.weight`]: [2, 4], [`${qkv}.lora_B.weight`]: [13, 2] }),
      'has 13 rows, expected query, key and',
    );
    const linear1 = 'diffusion_model.single_blocks.0.linear1';
    refused(
      file({ [`${linear1}.lora_A.weight`]: [2, 4], [`${linear1}.lora_B.weight`]: [12, 2] }),
      'has 12 rows, expected more than 12',
    );
    const last = 'diffusion_model.final_layer.adaLN_modulation.1';
    refused(
      file({ [`${last}.lora_A.weight`]: [2, 4], [`${last}.lora_B.weight`]: [5, 2] }),
      'has 5 rows, expected two halves',
    );
  });

  it('whose padding would take all memory', () => {
    const many = Object.assign(
      {},
      ...Array.from({ length: 3000 }, (_, i) => ({
        [`transformer_blocks.${i}.attn.to_q.lora_A.weight`]: [1, 1],
        [`transformer_blocks.${i}.attn.to_q.lora_B.weight`]: [1, 1],
      })),
      { 'x_embedder.lora_A.weight': [100_000, 1], 'x_embedder.lora_B.weight': [1, 100_000] },
    );
    refused(file(many), 'numbers at rank 100000, expected at most');
  });
});

describe('storage types', () => {
  it('an alpha of any real or whole type, one number', () => {
    const alpha = (dtype: string, bytes: Uint8Array, shape: number[] = []) => {
      const whole = withTensor(`${Q}.alpha`, dtype, bytes.length, shape);
      whole.set(bytes, whole.length - bytes.length);
      return readLora(whole, 'x').stored[0].alpha;
    };
    expect(alpha('I64', new Uint8Array(BigInt64Array.of(8n).buffer))).toBe(8);
    expect(alpha('I32', new Uint8Array(Int32Array.of(-8).buffer), [1])).toBe(-8);
    expect(alpha('U8', Uint8Array.of(8), [1, 1])).toBe(8);
    expect(alpha('F64', new Uint8Array(Float64Array.of(1 / 3).buffer))).toBe(1 / 3);
    expect(alpha('F8_E4M3', Uint8Array.of(0x38))).toBe(1);
    expect(() => alpha('F32', new Uint8Array(8), [2])).toThrow(`tensor ${Q}.alpha has shape [2], expected one number`);
    expect(() => alpha('F8_E8M0', new Uint8Array(1))).toThrow(/alpha is F8_E8M0, expected F32/);
    expect(() => alpha('F32', new Uint8Array(Float32Array.of(Number.NaN).buffer))).toThrow('not finite');
  });

  it('weights of a type that is none of weights are named with it', () => {
    refused(
      withTensor(`${Q.replace('to_q', 'to_k')}.lora_A.weight`, 'I8', 1, [1, 1]),
      'to_k.lora_A.weight is I8, expected F32',
    );
    refused(withTensor(`${Q.replace('to_q', 'to_k')}.lora_A.weight`, 'F8_E8M0', 1, [1, 1]), 'is F8_E8M0, expected F32');
    for (const [dtype, bytes] of [
      ['F8_E4M3', 1],
      ['F8_E5M2', 1],
      ['F64', 8],
    ] as const) {
      refused(
        withTensor(`${Q.replace('to_q', 'to_k')}.lora_A.weight`, dtype, bytes, [1, 1]),
        `is ${dtype}, expected F32, F16 or BF16`,
      );
    }
  });
});

describe('numbers that overflow', () => {
  const config = (alpha: number) => ({
    lora_adapter_metadata: JSON.stringify({ 'transformer.r': 2, 'transformer.lora_alpha': alpha }),
  });
  it('alpha', () => {
    refused(file(pair, 1, config(1e300)), `x: the scale 5e+299 (alpha 1e+300, rank 2) is too much for ${q}`);
    refused(file(pair, 1, config(1e30)), /is too much for .*: the update of its weights reaches 1\.0e\+30/);
    expect(readLora(file(pair, 0, config(1e30)), 'x').rank).toBe(2);
    expect(readLora(file(pair, 1, config(1e6)), 'x').tensors.get(q)!.B.data[0]).toBe(5e5);
  });
  it('weights', () => refused(file(pair, 1e20), 'is too much for'));
  it('the strength', () => {
    const lora = { file: readLora(file(pair), 'x'), name: 'x' };
    expect(() => atStrength(lora, 1e38)).toThrow(`x: strength 1e+38 is too much for ${q}`);
    expect(() => atStrength(lora, 1e308)).toThrow('reaches infinity');
    expect(atStrength(lora, -2).file.tensors.get(q)!.B.data[0]).toBe(-2);
  });
});

describe('folders in a zip', () => {
  const zip = (files: Record<string, Uint8Array>) => zipSync(files) as Uint8Array<ArrayBuffer>;
  const weights = file(pairOf(`base_model.model.${q}`));
  const config = strToU8('{"r":2,"lora_alpha":2}');
  it.each([
    [
      'two adapters',
      {
        'a/adapter_config.json': config,
        'a/adapter_model.safetensors': weights,
        'b/adapter_config.json': config,
        'b/adapter_model.safetensors': weights,
      },
      'in a, b, expected one folder',
    ],
    [
      'one at the root, one below',
      {
        'adapter_config.json': config,
        'adapter_model.safetensors': weights,
        'checkpoint-5/adapter_config.json': config,
        'checkpoint-5/adapter_model.safetensors': weights,
      },
      'in its root, checkpoint-5, expected one folder',
    ],
    [
      'a config without weights beside an adapter',
      { 'a/adapter_config.json': config, 'b/adapter_config.json': config, 'b/adapter_model.safetensors': weights },
      'in a, b',
    ],
    ['parts in two folders', { 'a/adapter_config.json': config, 'b/adapter_model.safetensors': weights }, 'in a, b'],
    [
      'a pickle',
      { 'adapter_config.json': config, 'adapter_model.bin': strToU8('x') },
      'adapter_model.bin is a pickle of PyTorch',
    ],
    [
      'what torch.save writes',
      { 'archive/data.pkl': strToU8('x'), 'archive/data/0': strToU8('x') },
      'is a pickle of PyTorch',
    ],
    [
      'two kinds',
      {
        'adapter_config.json': config,
        'adapter_model.safetensors': weights,
        'pytorch_lora_weights.safetensors': weights,
      },
      'holds two LoRAs',
    ],
  ])('%s', (_, files, sentence) => refused(zip(files as never), sentence));

  it('names that climb out are only names', () => {
    const lora = readLora(
      zip({ '../../adapter_config.json': config, '../../adapter_model.safetensors': weights }),
      'x',
    );
    expect(lora.tensors.size).toBe(1);
  });
  it("diffusers' folder", () => {
    expect(readLora(zip({ 'lora/pytorch_lora_weights.safetensors': file(pair) }), 'x').rank).toBe(2);
  });
});

it('a pickle is named, a header of 640 bytes is none', () => {
  refused(Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), 'is a pickle of PyTorch');
  refused(Uint8Array.of(0x80, 2, 0, 0, 0, 0, 0, 0, 0), 'names a header of 640 bytes');
});
