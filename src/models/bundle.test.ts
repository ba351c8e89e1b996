import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors';
import { dirSource } from '../formats/dir-source';
import { memorySource } from '../formats/file-source';
import { writeSafetensors } from '../formats/safetensors';
import { bundleHash, openBundle, sha256Hex, verifyBundle } from './bundle';

const miniFlux = dirSource(fileURLToPath(new URL('../../public/bundles/mini-flux', import.meta.url)));

const transformer = {
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 12,
  num_attention_heads: 2,
  joint_attention_dim: 24,
  pooled_projection_dim: 24,
  guidance_embeds: false,
  axes_dims_rope: [4, 4, 4],
  something_new: 1,
};
const vae = {
  latent_channels: 4,
  encoder_block_out_channels: [8, 8],
  decoder_block_out_channels: [8, 8],
  num_encoder_blocks: [1, 1],
  num_decoder_blocks: [1, 1],
};
/** An autoencoder of factor 8, as FLUX has it. */
const eightfold = {
  encoder_block_out_channels: [8, 8, 8, 8],
  decoder_block_out_channels: [8, 8, 8, 8],
  num_encoder_blocks: [1, 1, 1, 1],
  num_decoder_blocks: [1, 1, 1, 1],
};
const manifest = {
  name: 'tiny',
  version: 1,
  image: { width: 24, height: 12 },
  text: { max_length: 8 },
  rewards: ['clip'],
};
const weights = writeSafetensors([{ name: 'w', shape: [2, 3], data: new Float32Array(6) }]);

type Files = Record<string, unknown>;

/** A small valid bundle with some of its files replaced; undefined removes one. */
function source(changes: Files = {}) {
  const files: Files = {
    'bundle.json': manifest,
    'transformer/config.json': transformer,
    'transformer/diffusion_pytorch_model.safetensors': weights,
    'vae/config.json': vae,
    'scheduler/scheduler_config.json': { shift: 3 },
    'rewards/clip/config.json': { hidden_size: 24, num_attention_heads: 2, image_size: 24, patch_size: 6 },
    'rewards/clip/model.safetensors': weights,
    'rewards/clip/text_projection.safetensors': weights,
    ...changes,
  };
  const contents: Record<string, Uint8Array | string> = {};
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue;
    contents[path] = content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content);
  }
  return memorySource('tiny', contents);
}

describe('openBundle', () => {
  it('reads mini-flux', async () => {
    const bundle = await openBundle(miniFlux);
    expect(bundle.name).toBe('mini-flux');
    expect(bundle.imageTokens).toBe((bundle.image.width / 16) * (bundle.image.height / 16));
    expect(bundle.transformer.in_channels).toBe(4 * bundle.vae.latent_channels);
    const set = await bundle.openTransformer();
    expect(set.info.get('x_embedder.bias')!.shape).toEqual([
      bundle.transformer.num_attention_heads * bundle.transformer.attention_head_dim,
    ]);
    expect((await bundle.openVae()).info.size).toBeGreaterThan(0);
    const { path, config, file } = await bundle.rewardFolder('aesthetic');
    expect({ path, config }).toMatchObject({ path: 'rewards/aesthetic', config: { backbone: 'clip' } });
    expect(file).toMatch(/mini-flux: rewards\/aesthetic\/config\.json$/);
    expect((await bundle.readWords()).flat()).toContain('cat face');
    expect((await bundle.readStyles()).flat()).toContain('3d render');
    expect(await bundleHash(bundle)).toBe(
      bundle.manifest.files!['transformer/diffusion_pytorch_model.safetensors'].sha256,
    );
    let last = 0;
    await verifyBundle(bundle, (done, total) => {
      last = done / total;
    });
    expect(last).toBe(1);
  });

  it.each(['odd-a', 'odd-b'])('reads the random bundle %s', async (name) => {
    const folder = fileURLToPath(new URL(`../../tools/reference/bundles/${name}`, import.meta.url));
    const bundle = await openBundle(dirSource(folder));
    expect(bundle.name).toBe(name);
    const { num_attention_heads: heads, attention_head_dim: headDim, in_channels } = bundle.transformer;
    const { info } = await bundle.openTransformer();
    expect(info.get('x_embedder.weight')!.shape).toEqual([heads * headDim, in_channels]);
    expect(bundle.rewards).toContain('clip');
    expect(await bundleHash(bundle)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("takes diffusers' defaults and odd sizes", async () => {
    const bundle = await openBundle(source());
    expect(bundle.imageTokens).toBe(6 * 3);
    expect(bundle.transformer.out_channels).toBeNull();
    expect(bundle.vae).toMatchObject({ scaling_factor: 1, shift_factor: 0 });
    expect(bundle.scheduler.shift).toBe(3);
    expect(await bundle.readWords()).toEqual([]);
    expect(await bundle.readStyles()).toEqual([]);
  });

  it('shifts by image tokens where the scheduler says so, FLUX.1 linearly between its two points', async () => {
    const dynamic = { use_dynamic_shifting: true, shift: 3 };
    // 24 × 12 pixels in patches of 4: 18 tokens; as diffusers' calculate_shift has it.
    const flux1 = await openBundle(source({ 'scheduler/scheduler_config.json': dynamic }));
    expect(Math.log(flux1.shift(4))).toBeCloseTo(0.5 + (0.65 * (18 - 256)) / 3840, 12);
    expect(flux1.shift(50)).toBe(flux1.shift(4));
    // 1024 × 1024 in patches of 16: 4096 tokens.
    const image = { width: 1024, height: 1024 };
    const wide = { 'bundle.json': { ...manifest, image }, 'vae/config.json': { ...vae, ...eightfold } };
    const large = await openBundle(source({ ...wide, 'scheduler/scheduler_config.json': dynamic }));
    expect(Math.log(large.shift(4))).toBeCloseTo(1.15, 12);
    const linear = { ...dynamic, time_shift_type: 'linear' };
    expect((await openBundle(source({ ...wide, 'scheduler/scheduler_config.json': linear }))).shift(4)).toBeCloseTo(
      1.15,
    );
    expect((await openBundle(source())).shift(4)).toBe(3);
  });

  it('does not offer a listed reward that is not there', async () => {
    const bundle = await openBundle(source({ 'bundle.json': { ...manifest, rewards: ['clip', 'preference'] } }));
    expect(bundle.rewards).toEqual(['clip']);
    await expect(bundle.rewardFolder('preference')).rejects.toThrow(
      'Unknown reward "preference": bundle tiny has clip.',
    );
  });

  it.each<[string, Files, string]>([
    [
      'no sign of a base',
      { 'bundle.json': undefined, 'transformer/diffusion_pytorch_model.safetensors': undefined },
      'tiny is no base bundle: it has neither a bundle.json nor weights in a folder transformer/.',
    ],
    [
      'two transformers',
      {
        'transformer/a.gguf': 'GGUF',
        'transformer/b.gguf': 'GGUF',
        'transformer/diffusion_pytorch_model.safetensors': undefined,
      },
      'tiny: transformer holds several files of weights (a.gguf, b.gguf), expected one: move the others away.',
    ],
    ['bad JSON', { 'bundle.json': '{' }, 'tiny: bundle.json is not valid JSON: in line 1, column 2 it ends'],
    [
      'no image',
      { 'bundle.json': { ...manifest, image: undefined } },
      '"image" is missing, expected an object with width',
    ],
    [
      'an odd size',
      { 'bundle.json': { ...manifest, image: { width: 24, height: 13 } } },
      '"image.height" is 13, expected a multiple of 4.',
    ],
    [
      'a picture beyond reason',
      { 'bundle.json': { ...manifest, image: { width: 4096, height: 4096 } } },
      '"image" is 4096 × 4096 pixels, 1048576 image tokens, expected at most 65536.',
    ],
    [
      'a side beyond reason',
      { 'bundle.json': { ...manifest, image: { width: 65536, height: 65536 } } },
      '"image.width" is 65536, expected an integer from 1 to 16384.',
    ],
    ['a key twice', { 'bundle.json': '{"name":"a","name":"b"}' }, 'bundle.json names "name" twice.'],
    [
      'Windows-1252',
      { 'bundle.json': Uint8Array.of(0x7b, 0xe9) },
      'bundle.json is not UTF-8 (byte 0xE9 at position 1)',
    ],
    [
      'stages without end',
      { 'vae/config.json': { ...vae, num_decoder_blocks: Array(2000).fill(1) } },
      '"num_decoder_blocks" is a list of 2000, expected a list of at most 16 whole numbers.',
    ],
    [
      'a reward outside',
      { 'bundle.json': { ...manifest, rewards: ['../x'] } },
      '"rewards.0" is "../x", expected the name of a folder',
    ],
    [
      'a bad hash',
      { 'bundle.json': { ...manifest, files: { 'a.b': { bytes: 1, sha256: 'x' } } } },
      '"files.a.b.sha256" is "x", expected 64',
    ],
    [
      'text of another size',
      { 'bundle.json': { ...manifest, text: { max_length: 8, hidden: 9 } } },
      '"joint_attention_dim" is 24, expected 9',
    ],
    [
      'another model',
      { 'transformer/config.json': undefined },
      'tiny: transformer/diffusion_pytorch_model.safetensors holds no FLUX transformer (its tensors are w), expected',
    ],
    [
      'no transformer',
      { 'transformer/config.json': undefined, 'transformer/diffusion_pytorch_model.safetensors': undefined },
      'tiny: file transformer/config.json is missing.',
    ],
    [
      'a missing key',
      { 'transformer/config.json': { ...transformer, num_layers: undefined } },
      '"num_layers" is missing, expected an integer',
    ],
    [
      'axes unlike the head',
      { 'transformer/config.json': { ...transformer, axes_dims_rope: [4, 4, 6] } },
      'adds up to 14, expected "attention_head_dim", which is 12',
    ],
    [
      'an odd axis',
      { 'transformer/config.json': { ...transformer, axes_dims_rope: [3, 5, 4] } },
      'expected three even sizes',
    ],
    [
      'other channels',
      { 'transformer/config.json': { ...transformer, in_channels: 8 } },
      '"in_channels" is 8, expected 16',
    ],
    [
      'other outputs',
      { 'transformer/config.json': { ...transformer, out_channels: 8 } },
      '"out_channels" is 8, expected null or',
    ],
    [
      'a wrong type',
      { 'transformer/config.json': { ...transformer, guidance_embeds: 'yes' } },
      '"guidance_embeds" is "yes", expected true or false',
    ],
    [
      'block lists',
      { 'vae/config.json': { ...vae, num_decoder_blocks: [1] } },
      '"decoder_block_out_channels" has 2 entries, expected as many',
    ],
    [
      'another architecture',
      { 'transformer/config.json': { ...transformer, _class_name: 'SD3Transformer2DModel' } },
      '"_class_name" is "SD3Transformer2DModel", expected "FluxTransformer2DModel"',
    ],
    [
      'a schedule that is no shift',
      { 'scheduler/scheduler_config.json': { use_karras_sigmas: true } },
      '"use_karras_sigmas" is true, expected false',
    ],
    [
      'a dynamic shift without a slope',
      { 'scheduler/scheduler_config.json': { base_image_seq_len: 4096 } },
      '"base_image_seq_len" is 4096, expected less than "max_image_seq_len", which is 4096.',
    ],
  ])('refuses %s', async (_, changes, sentence) => {
    const opened = openBundle(source(changes));
    await expect(opened).rejects.toThrow(UserError);
    await expect(opened).rejects.toThrow(sentence);
  });
});

describe('verifyBundle', () => {
  const listing = async (bytes = weights.length) => ({
    ...manifest,
    judge: 'judge',
    files: {
      'judge/judge.onnx': { bytes: 4, sha256: '0'.repeat(64) },
      'transformer/diffusion_pytorch_model.safetensors': { bytes, sha256: await sha256Hex(weights) },
      'rewards/preference/model.safetensors': { bytes: 4, sha256: '0'.repeat(64) },
    },
  });

  it('passes over rewards and a judge that are not there and names what differs', async () => {
    await verifyBundle(await openBundle(source({ 'bundle.json': await listing() })));
    const cut = await openBundle(source({ 'bundle.json': await listing(9) }));
    await expect(verifyBundle(cut)).rejects.toThrow(`has ${weights.length} bytes, expected 9 by bundle.json`);
    const damaged = weights.slice();
    damaged[damaged.length - 1] ^= 1;
    const wrong = await openBundle(
      source({ 'bundle.json': await listing(), 'transformer/diffusion_pytorch_model.safetensors': damaged }),
    );
    await expect(verifyBundle(wrong)).rejects.toThrow('diffusion_pytorch_model.safetensors is damaged');
  });
});

describe('bundleHash', () => {
  it('is computed where bundle.json lists no files, over shards in name order', async () => {
    expect(await bundleHash(await openBundle(source()))).toBe(await sha256Hex(weights));
    const other = writeSafetensors([{ name: 'v', shape: [1], data: Float32Array.of(1) }]);
    const sharded = source({
      'transformer/diffusion_pytorch_model.safetensors': undefined,
      'transformer/diffusion_pytorch_model.safetensors.index.json': {
        weight_map: { v: 'b.safetensors', w: 'a.safetensors' },
      },
      'transformer/a.safetensors': weights,
      'transformer/b.safetensors': other,
    });
    expect(await bundleHash(await openBundle(sharded))).toBe(await sha256Hex(Uint8Array.of(...weights, ...other)));
  });
});
