/**
 * @file CLIP's image tower, `CLIPVisionModelWithProjection` of transformers: a picture's embedding, and the aesthetic
 * head on it.
 */
import { constant, type Value, within } from '../graph/graph';
import { activation } from '../ops/activation';
import { add } from '../ops/add';
import { affineChannels } from '../ops/affine-channels';
import { attention } from '../ops/attention';
import { concat } from '../ops/concat';
import { expand } from '../ops/expand';
import { l2Normalize } from '../ops/l2-normalize';
import { linear } from '../ops/matmul';
import { permute } from '../ops/permute';
import { reshape } from '../ops/reshape';
import { resizeBicubic } from '../ops/resize';
import { slice } from '../ops/slice';
import { unpack } from '../ops/unpack';
import type { ClipPreparation } from './clip-config';
import { clipLayers, clipNorm } from './clip-layers';
import type { ClipVisionConfig } from './configs';
import { Linears } from './linear';
import type { WeightScope } from './weights';

/**
 * L2-normalised image embedding [B, projection_dim].
 * @param picture [B, H, W, 3] in [0, 1]
 */
export function clipImageFeatures(
  config: ClipVisionConfig,
  weights: WeightScope,
  picture: Value,
  preparation: ClipPreparation,
): Value {
  return within(weights.model, () => traceFeatures(config, weights, picture, preparation));
}

/** Resized by antialiased bicubic, cut to its middle of `side` pixels squared, normalised; not clamped. */
function prepared(picture: Value, { resize, mean, std }: ClipPreparation, side: number): Value {
  const [, height, width] = picture.shape;
  const shorter = Math.min(height, width);
  // As torchvision and transformers do: the longer side is cut to whole pixels, so is the crop's first.
  const scaled = (pixels: number) =>
    pixels === shorter ? resize : Math.trunc(((resize as number) * pixels) / shorter);
  const [h, w] = typeof resize === 'number' ? ([scaled(height), scaled(width)] as [number, number]) : resize;
  const middle = (x: Value, axis: number) =>
    slice(x, axis, Math.floor((x.shape[axis] - side) / 2), Math.min(side, x.shape[axis]));
  const square = middle(middle(resizeBicubic(picture, h, w), 1), 2);
  return affineChannels(
    square,
    constant(
      'clip scale',
      Float32Array.from(std, (s) => 1 / s),
      [3],
    ),
    constant(
      'clip shift',
      Float32Array.from(mean, (m, c) => -m / std[c]),
      [3],
    ),
  );
}

function traceFeatures(
  config: ClipVisionConfig,
  weights: WeightScope,
  picture: Value,
  preparation: ClipPreparation,
): Value {
  const { hidden_size: dim, patch_size: patch, image_size: size } = config;
  const batch = picture.shape[0];
  const side = size / patch;
  const tokens = side * side + 1;

  const normalised = prepared(picture, preparation, size);
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
  const x = add(concat([expand(classToken, batch), embedded], 1), positions);
  // transformers' own name has lost a letter.
  const before = ['vision_model.pre_layernorm', 'vision_model.pre_layrnorm'];
  const first = before.find((name) => weights.has(`${name}.weight`)) ?? before[1];
  const layers = clipLayers(config, weights, 'vision_model', clipNorm(config, weights, first, x), attention);
  const pooled = clipNorm(
    config,
    weights,
    'vision_model.post_layernorm',
    reshape(slice(layers, 1, 0, 1), [batch, dim]),
  );
  return l2Normalize(new Linears(weights).apply('visual_projection', pooled, config.projection_dim, { bias: false }));
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
