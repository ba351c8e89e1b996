/**
 * @file FLUX.2: `Flux2Transformer2DModel` of diffusers. Against FLUX.1: no biases and no pooled text, modulations shared by
 * all blocks, SwiGLU, single blocks whose first linear makes query, key, value and MLP at once, four axes of positions.
 *
 * Names follow the checkpoint's, so that every line can be compared with diffusers' source.
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { parseWith, real } from '../../formats/schema';
import { named, Value, within } from '../../graph/graph';
import { activation } from '../../ops/activation';
import { attention } from '../../ops/attention';
import { concat, sideBySide } from '../../ops/concat';
import { gatedAdd } from '../../ops/gated-add';
import { modulatedNorm } from '../../ops/modulated-norm';
import { rope } from '../../ops/rope';
import { slice } from '../../ops/slice';
import { swiglu } from '../../ops/swiglu';
import type { SchedulerConfig } from '../configs';
import { type BlockParts, doubleBlock, headsOf } from '../double-block';
import { TIME_CHANNELS } from '../flux';
import { Linears, type LoraShape, type NamedInput } from '../linear';
import { gridPositions, ropeTables } from '../rope-tables';
import type { WeightScope } from '../weights';
import { checkSizes, keysWithDefaults, sharedKeys } from './config';
import type { DenoiserClass, DenoiserInputs, TembInputs } from './denoiser';

const schema = z.looseObject(
  {
    ...sharedKeys,
    ...keysWithDefaults(true, [32, 32, 32, 32]),
    timestep_guidance_channels: z._default(
      z.literal(TIME_CHANNELS, { error: String(TIME_CHANNELS) }),
      TIME_CHANNELS as typeof TIME_CHANNELS,
    ),
    mlp_ratio: z._default(real(1e-3, 1000), 3),
    rope_theta: z._default(real(1, 1e9), 2000),
    eps: z._default(real(0, 1), 1e-6),
  },
  { error: 'an object' },
);

/** config.json of `Flux2Transformer2DModel`. */
export type Flux2Config = z.output<typeof schema>;

export const flux2: DenoiserClass = {
  className: 'Flux2Transformer2DModel',
  open(value, file) {
    const config = parseWith(schema, value, file);
    checkSizes(config, 4, file);
    if (mlpWidth(config) < 1) throw new UserError(`${file}: "mlp_ratio" is ${config.mlp_ratio}, expected a wider MLP.`);
    return {
      config,
      pooledText: null,
      targets: ['to_q', 'to_k', 'to_v', 'to_out.0', 'to_qkv_mlp_proj', 'attn.to_out'],
      modulations: null,
      velocity: (weights, lora, inputs, grid) => flux2Transformer(config, weights, lora, inputs, grid),
      mu: empiricalMu,
    };
  },
};

/** By image tokens and steps, as FLUX.2's pipeline has it: a line in the steps between 10 and 200. */
function empiricalMu(_: SchedulerConfig, imageTokens: number, steps: number): number {
  const at200 = 0.00016927 * imageTokens + 0.45666666;
  if (imageTokens > 4300) return at200;
  const at10 = 8.73809524e-5 * imageTokens + 1.89833333;
  const slope = (at200 - at10) / 190;
  return slope * steps + at200 - 200 * slope;
}

const mlpWidth = (config: Flux2Config) =>
  Math.trunc(config.num_attention_heads * config.attention_head_dim * config.mlp_ratio);

/**
 * The velocity v [B, image tokens, in_channels].
 * @param grid image tokens down and across: row-major positions of the second and third RoPE axis
 */
function flux2Transformer(
  config: Flux2Config,
  weights: WeightScope,
  lora: LoraShape | null,
  inputs: DenoiserInputs,
  grid: readonly [rows: number, columns: number],
): Value {
  const { num_attention_heads: heads, attention_head_dim: headDim, eps } = config;
  const { modulation: given } = inputs;
  if (given instanceof Value) throw new Error('FLUX.2 makes its modulations itself');
  const dim = heads * headDim;
  const mlp = mlpWidth(config);
  const linears = new Linears(weights, lora);
  const lin = (name: string, x: Value, out: number, residual?: Value) =>
    linears.apply(name, x, out, { bias: false, residual });
  const imageTokens = inputs.latents.shape[1];
  const textTokens = inputs.tokens.shape[1];
  if (grid[0] * grid[1] !== imageTokens) throw new Error(`${imageTokens} image tokens are not ${grid[0]}×${grid[1]}`);
  // Flux2PosEmbed: text token i at (0, 0, 0, i), image at (0, row, column, 0).
  const text = Array.from({ length: textTokens }, (_, i) => [0, 0, 0, i]);
  const positions = ropeTables(
    config.axes_dims_rope,
    [...text, ...gridPositions(grid).map(([row, column]) => [0, row, column, 0])],
    config.rope_theta,
  );

  const temb = activation(timeGuidanceEmbedding(given), 'silu');
  const imageModulation = modulation('double_stream_modulation_img', 6);
  const textModulation = modulation('double_stream_modulation_txt', 6);
  const singleModulation = modulation('single_stream_modulation', 3);

  const alike = (of: readonly NamedInput[], out: number) => linears.alike(of, out, { bias: false });
  const parts: BlockParts = { weights, heads, headDim, eps, positions, alike };

  let [encoder, hidden] = sideBySide([
    lin('context_embedder', inputs.tokens, dim),
    lin('x_embedder', inputs.latents, dim),
  ]);
  for (let i = 0; i < config.num_layers; i++) {
    const name = `transformer_blocks.${i}`;
    const streams = { image: hidden, text: encoder, ofImage: imageModulation, ofText: textModulation };
    [encoder, hidden] = within(`${weights.model}/${name}`, () => doubleBlock(parts, name, streams, feedForward));
  }
  let joint = concat([encoder, hidden], 1);
  for (let i = 0; i < config.num_single_layers; i++) {
    const name = `single_transformer_blocks.${i}`;
    joint = within(`${weights.model}/${name}`, () => singleBlock(name, joint));
  }

  hidden = slice(joint, 1, textTokens, imageTokens);
  const [scale, shift] = chunks(lin('norm_out.linear', temb, 2 * dim), 2);
  return lin('proj_out', modulatedNorm(hidden, scale, shift, eps), config.in_channels);

  /** Flux2TimestepGuidanceEmbeddings. */
  function timeGuidanceEmbedding(given: TembInputs): Value {
    const two = (name: string, x: Value, residual?: Value): Value =>
      lin(`${name}.linear_2`, activation(lin(`${name}.linear_1`, x, dim), 'silu'), dim, residual);
    const time = two('time_guidance_embed.timestep_embedder', given.time);
    if (!config.guidance_embeds) return time;
    if (!given.guidance) throw new Error('the transformer has guidance embeddings: guidance is needed');
    return two('time_guidance_embed.guidance_embedder', given.guidance, time);
  }

  /** Shift, scale and gate, once or twice, each [B, dim]. */
  function modulation(name: string, n: number): Value[] {
    return chunks(lin(`${name}.linear`, temb, n * dim), n);
  }

  /** Pieces of a modulation [B, n·dim], each [B, dim]. */
  function chunks(x: Value, n: number): Value[] {
    return Array.from({ length: n }, (_, i) => slice(x, 1, i * dim, dim));
  }

  function feedForward(of: readonly NamedInput[]): Value[] {
    const wide = alike(
      of.map(([name, x]) => [`${name}.linear_in`, x]),
      2 * mlp,
    );
    return alike(
      of.map(([name], i) => [`${name}.linear_out`, swiglu(wide[i])]),
      dim,
    );
  }

  function singleBlock(name: string, x: Value): Value {
    const [shift_, scale_, gate] = singleModulation;
    const attn = `${name}.attn`;
    const normed = modulatedNorm(x, scale_, shift_, eps);
    const [ofQ, ofK, ofV, gated] = linears.inParts(`${attn}.to_qkv_mlp_proj`, normed, [dim, dim, dim, 2 * mlp]);
    const q = rope(headsOf(parts, ofQ, attn, 'norm_q'), positions.cos, positions.sin);
    const k = rope(headsOf(parts, ofK, attn, 'norm_k'), positions.cos, positions.sin);
    const out = attention(q, k, headsOf(parts, ofV, attn, null));
    const wide = swiglu(gated);
    return named(`block.${name}`, gatedAdd(x, gate, lin(`${attn}.to_out`, concat([out, wide], 2), dim)));
  }
}
