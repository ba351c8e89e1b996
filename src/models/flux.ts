/**
 * @file `FluxTransformer2DModel` of diffusers: double-stream and single-stream blocks with RoPE and adaLN.
 *
 * Names follow the checkpoint's, so that every line can be compared with diffusers' source.
 */
import { named, Value, within } from '../graph/graph';
import { activation } from '../ops/activation';
import { attention } from '../ops/attention';
import { concat, sideBySide } from '../ops/concat';
import { gatedAdd } from '../ops/gated-add';
import { modulatedNorm } from '../ops/modulated-norm';
import { rope } from '../ops/rope';
import { slice } from '../ops/slice';
import type { DenoiserConfig, DenoiserInputs, Modulations, TembInputs } from './denoisers/denoiser';
import { type BlockParts, doubleBlock, headsOf } from './double-block';
import { Linears, type LoraShape, type NamedInput } from './linear';
import { gridPositions, ropeTables } from './rope-tables';
import type { WeightScope } from './weights';

/** Channels of the sinusoidal embedding of time and guidance (diffusers' Timesteps(256)). */
export const TIME_CHANNELS = 256;
const MLP_RATIO = 4;
const EPS = 1e-6;

/**
 * The velocity v [B, image tokens, in_channels].
 * @param grid image tokens down and across: row-major positions of the second and third RoPE axis
 */
export function fluxTransformer(
  config: DenoiserConfig & { axes_dims_rope: number[] },
  weights: WeightScope,
  lora: LoraShape | null,
  inputs: DenoiserInputs,
  grid: readonly [rows: number, columns: number],
): Value {
  const { num_attention_heads: heads, attention_head_dim: headDim } = config;
  const dim = widthOf(config);
  const linears = new Linears(weights, lora);
  const lin = (name: string, x: Value, out: number, residual?: Value) => linears.apply(name, x, out, { residual });
  const imageTokens = inputs.latents.shape[1];
  const textTokens = inputs.tokens.shape[1];
  if (grid[0] * grid[1] !== imageTokens) throw new Error(`${imageTokens} image tokens are not ${grid[0]}×${grid[1]}`);
  // FluxPosEmbed: text at position 0, image at (0, row, column).
  const at = [...Array.from({ length: textTokens }, () => [0, 0, 0]), ...gridPositions(grid).map((p) => [0, ...p])];
  const positions = ropeTables(config.axes_dims_rope, at, 10000);

  const alike = (of: readonly NamedInput[], out: number) => linears.alike(of, out);
  const parts: BlockParts = { weights, heads, headDim, eps: EPS, positions, alike };

  let [encoder, hidden] = sideBySide([
    lin('context_embedder', inputs.tokens, dim),
    lin('x_embedder', inputs.latents, dim),
  ]);
  const modulations = modulationsOf(inputs.modulation);

  for (let i = 0; i < config.num_layers; i++) {
    const name = `transformer_blocks.${i}`;
    const ofImage = modulations(`${name}.norm1.linear`);
    const ofText = modulations(`${name}.norm1_context.linear`);
    const streams = { image: hidden, text: encoder, ofImage, ofText };
    [encoder, hidden] = within(`${weights.model}/${name}`, () => doubleBlock(parts, name, streams, feedForward));
  }
  let joint = concat([encoder, hidden], 1);
  for (let i = 0; i < config.num_single_layers; i++) {
    const name = `single_transformer_blocks.${i}`;
    joint = within(`${weights.model}/${name}`, () => singleBlock(name, joint));
  }

  hidden = slice(joint, 1, textTokens, imageTokens);
  const [scale, shift] = modulations('norm_out.linear');
  return lin('proj_out', modulatedNorm(hidden, scale, shift, EPS), config.in_channels);

  /** Every block's scales, shifts and gates by their linear's name, each [B, dim]. */
  function modulationsOf(given: TembInputs | Value): (name: string) => Value[] {
    const list = modulationLinears(config);
    const made = given instanceof Value ? given : linears.together(list, modulationVector(config, linears, given));
    const byName = new Map<string, Value[]>();
    let start = 0;
    for (const [i, { name, out }] of list.entries()) {
      const [y, at] = made instanceof Value ? [made, start] : [made[i], 0];
      byName.set(
        name,
        Array.from({ length: out / dim }, (_, piece) => slice(y, 1, at + piece * dim, dim)),
      );
      start += out;
    }
    return (name) => byName.get(name)!;
  }

  function feedForward(of: readonly NamedInput[]): Value[] {
    const wide = alike(
      of.map(([name, x]) => [`${name}.net.0.proj`, x]),
      MLP_RATIO * dim,
    );
    return alike(
      of.map(([name], i) => [`${name}.net.2`, activation(wide[i], 'gelu_tanh')]),
      dim,
    );
  }

  function singleBlock(name: string, x: Value): Value {
    const [shift_, scale_, gate] = modulations(`${name}.norm.linear`);
    const normed = modulatedNorm(x, scale_, shift_, EPS);
    const mlp = activation(lin(`${name}.proj_mlp`, normed, MLP_RATIO * dim), 'gelu_tanh');
    const attn = `${name}.attn`;
    const [ofQ, ofK, ofV] = alike(
      ['to_q', 'to_k', 'to_v'].map((each) => [`${attn}.${each}`, normed]),
      dim,
    );
    const q = rope(headsOf(parts, ofQ, attn, 'norm_q'), positions.cos, positions.sin);
    const k = rope(headsOf(parts, ofK, attn, 'norm_k'), positions.cos, positions.sin);
    const out = attention(q, k, headsOf(parts, ofV, attn, null));
    return named(`block.${name}`, gatedAdd(x, gate, lin(`${name}.proj_out`, concat([out, mlp], 2), dim)));
  }
}

const widthOf = ({ num_attention_heads: heads, attention_head_dim: headDim }: DenoiserConfig) => heads * headDim;

/** The linears that make every block's scales, shifts and gates of silu(temb): 27 % of FLUX.1-dev's weights. */
function modulationLinears(config: DenoiserConfig): Modulations['linears'] {
  const of = (count: number, pieces: number, name: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => ({ name: name(i), out: pieces * widthOf(config) }));
  return [
    ...of(config.num_layers, 6, (i) => `transformer_blocks.${i}.norm1.linear`),
    ...of(config.num_layers, 6, (i) => `transformer_blocks.${i}.norm1_context.linear`),
    ...of(config.num_single_layers, 3, (i) => `single_transformer_blocks.${i}.norm.linear`),
    ...of(1, 2, () => 'norm_out.linear'),
  ];
}

/** silu(temb) [B, dim], temb by CombinedTimestepGuidanceTextProjEmbeddings. */
function modulationVector(config: DenoiserConfig, linears: Linears, { pooled, time, guidance }: TembInputs): Value {
  const dim = widthOf(config);
  const two = (name: string, x: Value, residual?: Value): Value =>
    linears.apply(
      `${EMBEDDER}${name}.linear_2`,
      activation(linears.apply(`${EMBEDDER}${name}.linear_1`, x, dim), 'silu'),
      dim,
      { residual },
    );
  if (!pooled) throw new Error('the transformer reads a pooled text: it is needed');
  let sum = two('timestep_embedder', time);
  if (config.guidance_embeds) {
    if (!guidance) throw new Error('the transformer has guidance embeddings: guidance is needed');
    sum = two('guidance_embedder', guidance, sum);
  }
  return activation(two('text_embedder', pooled, sum), 'silu');
}

const EMBEDDER = 'time_text_embed.';

/** The modulations of all blocks, which may be computed apart. */
export function fluxModulations(config: DenoiserConfig): Modulations {
  const linears = modulationLinears(config);
  const names = new Set(linears.map(({ name }) => name));
  return {
    linears,
    vector: (weights, inputs) => modulationVector(config, new Linears(weights), inputs),
    output: (weights, i, vector) => new Linears(weights).apply(linears[i].name, vector, linears[i].out),
    dependOn: (linear) => names.has(linear) || linear.startsWith(EMBEDDER),
  };
}

/**
 * diffusers' get_timestep_embedding(256, flip_sin_to_cos, shift 0), in f32 as torch computes it.
 * @param values what is embedded: sigma or guidance, before diffusers' ·1000
 * @returns [n, 256]: 128 cosines, then 128 sines
 */
export function sinusoidal(values: readonly number[]): Float32Array<ArrayBuffer> {
  const half = TIME_CHANNELS / 2;
  const out = new Float32Array(values.length * TIME_CHANNELS);
  const f = Math.fround;
  values.forEach((value, row) => {
    const time = f(f(value) * 1000);
    for (let i = 0; i < half; i++) {
      const frequency = f(Math.exp(f(f(f(-Math.log(10000)) * i) / half)));
      const angle = f(time * frequency);
      out[row * TIME_CHANNELS + i] = Math.cos(angle);
      out[row * TIME_CHANNELS + half + i] = Math.sin(angle);
    }
  });
  return out;
}

/** Every linear by diffusers' name, with its sizes: what a LoRA can adapt. */
export function transformerLinears(weights: WeightScope): { name: string; in: number; out: number }[] {
  const list: { name: string; in: number; out: number }[] = [];
  for (const [name, { shape }] of weights.tensors.info) {
    const match = /^(.+)\.weight$/.exec(name);
    if (match && shape.length === 2) list.push({ name: match[1], in: shape[1], out: shape[0] });
  }
  // Block order, then the names' own order, so that parameters have one order whatever the file's.
  return list.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}
