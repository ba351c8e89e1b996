import { describe, expect, it } from 'vitest';
import type { TensorSet } from '../../formats/tensor-set';
import { input, reachable, sizeOf, type Value, weightOp } from '../../graph/graph';
import { weightKey } from '../../graph/leaves';
import { type CheckpointConfig, tensorsOf } from '../checkpoint-sizes';
import { TIME_CHANNELS } from '../flux';
import { forDevice, type Quantised } from '../quantised';
import { WeightScope } from '../weights';
import { openDenoiser } from '.';

const heads = { attention_head_dim: 128, num_attention_heads: 24, patch_size: 1, out_channels: null } as const;

/**
 * The published configs. Arithmetic is counted by hand from the sizes, as multiplications and additions of the linears and
 * of attention: each stream of a double block reads its own half of the block's weights.
 */
const FLUX1_DEV: CheckpointConfig = {
  ...{ _class_name: 'FluxTransformer2DModel', ...heads, in_channels: 64, num_layers: 19, num_single_layers: 38 },
  ...{ joint_attention_dim: 4096, pooled_projection_dim: 768, guidance_embeds: true, axes_dims_rope: [16, 56, 56] },
};
const KLEIN_4B: CheckpointConfig = {
  ...{ _class_name: 'Flux2Transformer2DModel', ...heads, in_channels: 128, num_layers: 5, num_single_layers: 20 },
  ...{ joint_attention_dim: 7680, guidance_embeds: false, axes_dims_rope: [32, 32, 32, 32], mlp_ratio: 3 },
  ...{ timestep_guidance_channels: 256, rope_theta: 2000 },
};

/** The whole velocity of one picture, traced without a device or a weight. */
function trace(config: CheckpointConfig, tokens: number, side: number, stored?: Quantised) {
  const { pooledText, velocity } = openDenoiser(config, 'config.json');
  const shapes = tensorsOf(config);
  const info = new Map([...shapes].map(([name, shape]) => [name, { name, shape, dtype: 'BF16', parts: [] }]));
  const scope = new WeightScope('transformer', forDevice({ name: 'x', info } as unknown as TensorSet, stored));
  const v = velocity(
    scope,
    null,
    {
      latents: input('x', [1, side * side, config.in_channels]),
      tokens: input('tokens', [1, tokens, config.joint_attention_dim]),
      modulation: {
        pooled: pooledText === null ? null : input('pooled', [1, pooledText]),
        time: input('time', [1, TIME_CHANNELS]),
        guidance: config.guidance_embeds ? input('guidance', [1, TIME_CHANNELS]) : null,
      },
    },
    [side, side],
  );
  const nodes = reachable([v]);
  const weights = new Map(nodes.filter((n) => n.op === weightOp).map((n) => [weightKey(n.attrs), n]));
  return {
    ...{ v, shapes, flops: nodes.reduce((sum, n) => sum + flopsOf(n), 0) },
    read: new Set([...weights.values()].flatMap(({ attrs }) => [plain(attrs.name), ...(attrs.followedBy ?? [])])),
    gib: [...weights.values()].reduce((sum, n) => sum + n.bytes, 0) / 2 ** 30,
  };
}

const plain = (name: string) => name.slice('transformer/'.length);
const flopsOf = (node: Value) => (node.op as { flops?(node: Value): number }).flops?.(node) ?? 0;

describe('the published transformers, traced whole', () => {
  it.each([
    // 512 × 512 pixels and 512 tokens of text; 256 × 256 and 64.
    { name: 'FLUX.2-klein-base-4B', config: KLEIN_4B, billions: 3.88, tokens: 512, side: 32, teraflops: 10.17 },
    { name: 'FLUX.2-klein-base-4B', config: KLEIN_4B, billions: 3.88, tokens: 64, side: 16, teraflops: 2.0 },
    { name: 'FLUX.1-dev', config: FLUX1_DEV, billions: 11.9, tokens: 64, side: 16, teraflops: 4.21 },
  ])('$name at $side×$side image tokens reads every tensor it has and no other', (row) => {
    const { v, shapes, read, flops } = trace(row.config, row.tokens, row.side);
    expect(v.shape).toEqual([1, row.side ** 2, row.config.in_channels]);
    expect([...read].sort()).toEqual([...shapes.keys()].sort());
    const parameters = [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
    expect(parameters / 1e9).toBeCloseTo(row.billions, row.billions > 10 ? 1 : 2);
    expect(Math.abs(flops / 1e12 / row.teraflops - 1)).toBeLessThan(0.01);
  });
});

describe('weights on a device', () => {
  // What a table of the published sizes has: all weights at 34 and 18 bytes for 32. Embedders and last layers, and the
  // modulations that FLUX.2's blocks share, stay bf16 here.
  it.each<[string, Quantised, number, number, CheckpointConfig]>([
    ['FLUX.2-klein-base-4B', 'Q8_0', 3.8, 4.0, KLEIN_4B],
    ['FLUX.2-klein-base-4B', 'Q4_0', 2.0, 2.3, KLEIN_4B],
    ['FLUX.1-dev', 'Q8_0', 11.8, 11.8, FLUX1_DEV],
    ['FLUX.1-dev', 'Q4_0', 6.2, 6.3, FLUX1_DEV],
  ])('of %s in %s', (_, stored, inTable, most, config) => {
    const { gib } = trace(config, 8, 1, stored);
    expect(gib).toBeGreaterThan(inTable - 0.05);
    expect(gib).toBeLessThan(most + 0.05);
  });
});

describe("FLUX.2's schedule", () => {
  const scheduler = {} as never;
  const { mu } = openDenoiser(KLEIN_4B, 'config.json');
  it.each([
    // compute_empirical_mu of diffusers' Flux2KleinPipeline.
    [256, 4, 1.965567161408539],
    [1024, 50, 1.7019562073086316],
    [4096, 25, 2.168910253317474],
    [4400, 25, 1.20145466],
  ])('at %i image tokens and %i steps', (tokens, steps, expected) => {
    expect(mu(scheduler, tokens, steps)).toBeCloseTo(expected, 12);
  });
});

describe('openDenoiser', () => {
  it.each<[string, object, string]>([
    ['three axes', { axes_dims_rope: [32, 48, 48] }, '"axes_dims_rope" is [32,48,48], expected four even sizes.'],
    ['an MLP of nothing', { mlp_ratio: 0.001, attention_head_dim: 8, axes_dims_rope: [2, 2, 2, 2] }, 'a wider MLP'],
    [
      'another embedding of time',
      { timestep_guidance_channels: 128 },
      '"timestep_guidance_channels" is 128, expected 256',
    ],
  ])('refuses FLUX.2 with %s', (_, changes, sentence) => {
    expect(() => openDenoiser({ ...KLEIN_4B, ...changes }, 'config.json')).toThrow(sentence);
  });
});
