/**
 * @file `CLIPVisionModelWithProjection` of transformers: a picture's embedding, and the aesthetic head on it.
 */
import { constant, type Value, within } from '../graph/graph';
import { type ActivationKind, activation } from '../ops/activation';
import { add } from '../ops/add';
import { affineChannels } from '../ops/affine-channels';
import { attention } from '../ops/attention';
import { concat } from '../ops/concat';
import { expand } from '../ops/expand';
import { l2Normalize } from '../ops/l2-normalize';
import { layerNorm } from '../ops/layer-norm';
import { linear } from '../ops/matmul';
import { permute } from '../ops/permute';
import { reshape } from '../ops/reshape';
import { resizeBicubic } from '../ops/resize';
import { slice } from '../ops/slice';
import { unpack } from '../ops/unpack';
import type { ClipVisionConfig } from './configs';
import { Linears } from './linear';
import type { WeightScope } from './weights';

const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];
const ACTIVATIONS: Record<ClipVisionConfig['hidden_act'], ActivationKind> = {
  gelu: 'gelu',
  quick_gelu: 'quick_gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
};

/**
 * L2-normalised image embedding [B, projection_dim].
 * @param picture [B, H, W, 3] in [0, 1]; resized to the tower's square by antialiased bicubic where sizes differ
 */
export function clipImageFeatures(config: ClipVisionConfig, weights: WeightScope, picture: Value): Value {
  return within(weights.model, () => traceFeatures(config, weights, picture));
}

function traceFeatures(config: ClipVisionConfig, weights: WeightScope, picture: Value): Value {
  const { hidden_size: dim, patch_size: patch, image_size: size, num_attention_heads: heads } = config;
  const linears = new Linears(weights);
  const norm = (name: string, x: Value) =>
    layerNorm(x, config.layer_norm_eps, {
      weight: weights.value(`${name}.weight`, [dim]),
      bias: weights.value(`${name}.bias`, [dim]),
    });
  const batch = picture.shape[0];
  const side = size / patch;
  const tokens = side * side + 1;

  const resized = resizeBicubic(picture, size, size);
  const normalised = affineChannels(
    resized,
    constant(
      'clip scale',
      Float32Array.from(STD, (s) => 1 / s),
      [3],
    ),
    constant(
      'clip shift',
      Float32Array.from(MEAN, (m, c) => -m / STD[c]),
      [3],
    ),
  );
  const patches = reshape(permute(reshape(normalised, [batch, side, patch, side, patch, 3]), [0, 1, 3, 2, 4, 5]), [
    batch,
    side * side,
    patch * patch * 3,
  ]);
  const embeddings = 'vision_model.embeddings';
  const embedded = linear(
    patches,
    weights.value(`${embeddings}.patch_embedding.weight`, [dim, 3, patch, patch], 'patch'),
  );
  const classToken = reshape(unpack(weights.value(`${embeddings}.class_embedding`, [dim])), [1, 1, dim]);
  const positions = unpack(weights.value(`${embeddings}.position_embedding.weight`, [tokens, dim]));
  let x = norm('vision_model.pre_layrnorm', add(concat([expand(classToken, batch), embedded], 1), positions));

  for (let i = 0; i < config.num_hidden_layers; i++) {
    const name = `vision_model.encoder.layers.${i}`;
    const inner = norm(`${name}.layer_norm1`, x);
    const head = (part: string) =>
      reshape(linears.apply(`${name}.self_attn.${part}_proj`, inner, dim), [batch, tokens, heads, dim / heads]);
    x = linears.apply(`${name}.self_attn.out_proj`, attention(head('q'), head('k'), head('v')), dim, { residual: x });
    const wide = linears.apply(`${name}.mlp.fc1`, norm(`${name}.layer_norm2`, x), config.intermediate_size);
    x = linears.apply(`${name}.mlp.fc2`, activation(wide, ACTIVATIONS[config.hidden_act]), dim, { residual: x });
  }
  const pooled = norm('vision_model.post_layernorm', reshape(slice(x, 1, 0, 1), [batch, dim]));
  return l2Normalize(linears.apply('visual_projection', pooled, config.projection_dim, { bias: false }));
}

/**
 * The aesthetic head: linear, exact GELU, linear on a normalised image embedding.
 * @returns the score [B, 1], 0 to 10
 */
export function aestheticScore(weights: WeightScope, features: Value): Value {
  // Where it is missing or empty, the check of its shape says so.
  const first = weights.tensors.info.get('0.weight')?.shape[0] || 1;
  const linears = new Linears(weights);
  return linears.apply('2', activation(linears.apply('0', features, first), 'gelu'), 1);
}
