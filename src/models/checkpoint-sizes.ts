/**
 * @file The config.json of a transformer whose checkpoint has none, from its tensors' names and shapes; and what tensors such
 * a transformer has, so that missing and misshapen ones are named.
 */
import { UserError } from '../errors';
import type { StoredTensor, TensorSet } from '../formats/tensor-set';
import { shown, showValue } from '../shown';
import type { Checkpoint } from './checkpoint';
import { TIME_CHANNELS } from './flux';

/** The keys of diffusers' `FluxTransformer2DModel` and `Flux2Transformer2DModel` that the two share. */
interface SharedConfig {
  patch_size: 1;
  in_channels: number;
  /** null where it is `in_channels`. */
  out_channels: number | null;
  num_layers: number;
  num_single_layers: number;
  attention_head_dim: number;
  num_attention_heads: number;
  joint_attention_dim: number;
  guidance_embeds: boolean;
  axes_dims_rope: number[];
}

export interface Flux1Config extends SharedConfig {
  _class_name: 'FluxTransformer2DModel';
  pooled_projection_dim: number;
}

export interface Flux2Config extends SharedConfig {
  _class_name: 'Flux2Transformer2DModel';
  timestep_guidance_channels: number;
  mlp_ratio: number;
  rope_theta: 2000;
}

export type CheckpointConfig = Flux1Config | Flux2Config;

/** RoPE's axes are in no tensor: known for the size of heads that every published FLUX has. */
const HEAD = 128;
const AXES = { 'FLUX.1': [16, 56, 56], 'FLUX.2': [32, 32, 32, 32] };

/**
 * The config that diffusers would have beside these weights.
 * @param axes `axes_dims_rope` of a config.json, where there is one
 * @throws UserError where a tensor that says a size is missing or impossible
 */
export function configOf(
  { architecture, tensors }: Pick<Checkpoint, 'architecture' | 'tensors'>,
  axes?: number[],
): CheckpointConfig {
  const { info, name: file } = tensors;
  const matrix = (name: string): [rows: number, columns: number] => {
    const shape = tensorOf(name).shape;
    if (shape.length === 2 && shape[0] > 0 && shape[1] > 0) return [shape[0], shape[1]];
    throw new UserError(`${file}: tensor ${name} has shape ${showValue(shape)}, expected [outputs, inputs].`);
  };
  const tensorOf = (name: string): StoredTensor => {
    const tensor = info.get(name);
    if (tensor) return tensor;
    throw new UserError(`${file} has no tensor ${name} (by diffusers’ name), which says a size of the transformer.`);
  };

  const [hidden, inChannels] = matrix('x_embedder.weight');
  const [outChannels] = matrix('proj_out.weight');
  const layers = blocks(info, 'transformer_blocks', file);
  const singleLayers = blocks(info, 'single_transformer_blocks', file);
  const norm = [...info.keys()].find((name) => /transformer_blocks\.\d+\.attn\.norm_q\.weight$/.test(name));
  const headDim = tensorOf(norm ?? 'transformer_blocks.0.attn.norm_q.weight').shape[0];
  if (!headDim || hidden % headDim !== 0) {
    throw new UserError(`${file}: hidden size ${hidden} is made of heads of ${headDim ?? 0}, expected whole heads.`);
  }
  if (!axes && headDim !== HEAD) {
    throw new UserError(
      `${file}: hidden size ${hidden} with heads of ${headDim}, expected heads of ${HEAD}: others need a config.json.`,
    );
  }
  const time = architecture === 'FLUX.1' ? 'time_text_embed' : 'time_guidance_embed';
  const shared: SharedConfig = {
    patch_size: 1,
    in_channels: inChannels,
    out_channels: outChannels === inChannels ? null : outChannels,
    num_layers: layers,
    num_single_layers: singleLayers,
    attention_head_dim: headDim,
    num_attention_heads: hidden / headDim,
    joint_attention_dim: matrix('context_embedder.weight')[1],
    guidance_embeds: info.has(`${time}.guidance_embedder.linear_1.weight`),
    axes_dims_rope: axes ?? AXES[architecture],
  };
  if (architecture === 'FLUX.1') {
    const [, pooled] = matrix(`${time}.text_embedder.linear_1.weight`);
    return { _class_name: 'FluxTransformer2DModel', ...shared, pooled_projection_dim: pooled };
  }
  // Of a double block, or where there is none what a single block has beside its attention.
  const mlp =
    layers > 0
      ? matrix('transformer_blocks.0.ff.linear_out.weight')[1]
      : matrix('single_transformer_blocks.0.attn.to_out.weight')[1] - hidden;
  return {
    _class_name: 'Flux2Transformer2DModel',
    ...shared,
    timestep_guidance_channels: matrix(`${time}.timestep_embedder.linear_1.weight`)[1],
    mlp_ratio: mlp / hidden,
    rope_theta: 2000,
  };
}

/** How many blocks the names count. */
function blocks(info: ReadonlyMap<string, StoredTensor>, kind: string, file: string): number {
  let count = 0;
  for (const name of info.keys()) {
    const [first, index] = name.split('.', 2);
    if (first !== kind) continue;
    if (index.length > 3)
      throw new UserError(`${file} has a tensor of block ${shown(index)}, expected at most 1000 blocks.`);
    count = Math.max(count, Number(index) + 1);
  }
  return count;
}

/** Name and shape of every tensor of such a transformer, by diffusers' names. */
export function tensorsOf(config: CheckpointConfig): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const dim = config.num_attention_heads * config.attention_head_dim;
  const hasBias = config._class_name === 'FluxTransformer2DModel';
  const linear = (name: string, out: number, inputs: number) => {
    shapes.set(`${name}.weight`, [out, inputs]);
    if (hasBias) shapes.set(`${name}.bias`, [out]);
  };
  const norms = (name: string, ...which: string[]) => {
    for (const norm of which) shapes.set(`${name}.attn.${norm}.weight`, [config.attention_head_dim]);
  };
  const embedder = (name: string, inputs: number) => {
    linear(`${name}.linear_1`, dim, inputs);
    linear(`${name}.linear_2`, dim, dim);
  };

  linear('x_embedder', dim, config.in_channels);
  linear('context_embedder', dim, config.joint_attention_dim);
  linear('norm_out.linear', 2 * dim, dim);
  linear('proj_out', config.out_channels ?? config.in_channels, dim);
  if (config._class_name === 'FluxTransformer2DModel') {
    embedder('time_text_embed.timestep_embedder', TIME_CHANNELS);
    embedder('time_text_embed.text_embedder', config.pooled_projection_dim);
    if (config.guidance_embeds) embedder('time_text_embed.guidance_embedder', TIME_CHANNELS);
  } else {
    embedder('time_guidance_embed.timestep_embedder', config.timestep_guidance_channels);
    if (config.guidance_embeds) embedder('time_guidance_embed.guidance_embedder', config.timestep_guidance_channels);
    linear('double_stream_modulation_img.linear', 6 * dim, dim);
    linear('double_stream_modulation_txt.linear', 6 * dim, dim);
    linear('single_stream_modulation.linear', 3 * dim, dim);
  }

  for (let i = 0; i < config.num_layers; i++) {
    const block = `transformer_blocks.${i}`;
    const attention = ['to_q', 'to_k', 'to_v', 'to_out.0', 'add_q_proj', 'add_k_proj', 'add_v_proj', 'to_add_out'];
    for (const name of attention) linear(`${block}.attn.${name}`, dim, dim);
    norms(block, 'norm_q', 'norm_k', 'norm_added_q', 'norm_added_k');
    for (const ff of ['ff', 'ff_context']) {
      if (config._class_name === 'FluxTransformer2DModel') {
        linear(`${block}.${ff}.net.0.proj`, 4 * dim, dim);
        linear(`${block}.${ff}.net.2`, dim, 4 * dim);
      } else {
        // SwiGLU: the first linear makes both halves.
        linear(`${block}.${ff}.linear_in`, 2 * config.mlp_ratio * dim, dim);
        linear(`${block}.${ff}.linear_out`, dim, config.mlp_ratio * dim);
      }
    }
    if (hasBias) {
      linear(`${block}.norm1.linear`, 6 * dim, dim);
      linear(`${block}.norm1_context.linear`, 6 * dim, dim);
    }
  }
  for (let i = 0; i < config.num_single_layers; i++) {
    const block = `single_transformer_blocks.${i}`;
    norms(block, 'norm_q', 'norm_k');
    if (config._class_name === 'FluxTransformer2DModel') {
      for (const name of ['to_q', 'to_k', 'to_v']) linear(`${block}.attn.${name}`, dim, dim);
      linear(`${block}.norm.linear`, 3 * dim, dim);
      linear(`${block}.proj_mlp`, 4 * dim, dim);
      linear(`${block}.proj_out`, dim, 5 * dim);
    } else {
      linear(`${block}.attn.to_qkv_mlp_proj`, (3 + 2 * config.mlp_ratio) * dim, dim);
      linear(`${block}.attn.to_out`, dim, (1 + config.mlp_ratio) * dim);
    }
  }
  return shapes;
}

/** Tensors that such a transformer has and the set has not. */
export function missingOf(config: CheckpointConfig, { info }: Pick<TensorSet, 'info'>): string[] {
  return [...tensorsOf(config).keys()].filter((name) => !info.has(name));
}

/** @throws UserError naming what is missing, or the first tensor of another shape */
export function requireWhole(config: CheckpointConfig, tensors: Pick<TensorSet, 'info' | 'name'>): void {
  const expected = tensorsOf(config);
  const missing = missingOf(config, tensors);
  if (missing.length > 0) {
    const some = missing.length > 1 ? `${shown(missing[0])} and ${missing.length - 1} more` : shown(missing[0]);
    throw new UserError(
      `${tensors.name} lacks ${missing.length} of the ${expected.size} tensors of its transformer: ${some}.`,
    );
  }
  for (const [name, shape] of expected) {
    const found = tensors.info.get(name)!;
    if (found.shape.length === shape.length && found.shape.every((size, i) => size === shape[i])) continue;
    throw new UserError(
      `${tensors.name}: tensor ${shown(found.name)} has shape ${showValue(found.shape)}, expected ${showValue(shape)}.`,
    );
  }
}
