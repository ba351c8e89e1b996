/**
 * @file `AutoencoderTiny` of diffusers (the TAESD architecture, TAEF2's blocks with GroupNorm too), pictures as [B, H, W, 3] in [0, 1].
 *
 * diffusers maps pictures to [−1, 1] outside and back inside; here both maps cancel and are left out.
 */
import { constant, type Value, within } from '../graph/graph';
import { activation, boundedTanh } from '../ops/activation';
import { affineChannels } from '../ops/affine-channels';
import { conv2d } from '../ops/conv2d';
import { groupNorm } from '../ops/group-norm';
import { permute } from '../ops/permute';
import { reshape } from '../ops/reshape';
import { upsampleNearest } from '../ops/upsample';
import type { VaeConfig } from './configs';
import type { WeightScope } from './weights';

type Conv = { channels: number; bias?: boolean; relu?: boolean; residual?: Value; stride?: number };

/** Convolutions by their checkpoint names. */
function convolutions(weights: WeightScope) {
  return (
    name: string,
    x: Value,
    { channels, bias = true, relu = false, residual, stride = 1 }: Conv,
    kernel = 3,
  ): Value => {
    const w = weights.value(`${name}.weight`, [channels, x.shape[3], kernel, kernel], 'conv');
    const b = bias ? weights.value(`${name}.bias`, [channels]) : null;
    return within(`${weights.model}/${name}`, () => conv2d(x, w, { kernel, stride, relu, bias: b, residual }));
  };
}

const POOL_GROUPS = 4;
const POOL_WIDTH = 4;
const POOL_EPS = 1e-5;

/** TAEF2's beginning of a block: x + conv1x1(relu(groupnorm(conv1x1 x))), four times as wide inside. */
function pool(conv: ReturnType<typeof convolutions>, weights: WeightScope, name: string, x: Value): Value {
  const channels = x.shape[3];
  const wide = POOL_WIDTH * channels;
  const y = conv(`${name}.pool.0`, x, { channels: wide, bias: false }, 1);
  const normed = groupNorm(y, POOL_GROUPS, POOL_EPS, {
    weight: weights.value(`${name}.pool.1.weight`, [wide]),
    bias: weights.value(`${name}.pool.1.bias`, [wide]),
  });
  return conv(`${name}.pool.3`, activation(normed, 'relu'), { channels, bias: false, residual: x }, 1);
}

/** AutoencoderTinyBlock: relu(conv(relu(conv(relu(conv x)))) + x). */
function block(conv: ReturnType<typeof convolutions>, name: string, x: Value): Value {
  const channels = x.shape[3];
  const a = conv(`${name}.conv.0`, x, { channels, relu: true });
  const b = conv(`${name}.conv.2`, a, { channels, relu: true });
  return conv(`${name}.conv.4`, b, { channels, relu: true, residual: x });
}

/** [B, h·w, C·4] (diffusers' packed latents) → [B, 2h, 2w, C]. */
export function unpackLatents(packed: Value, [rows, columns]: readonly [number, number]): Value {
  const [batch, , channels] = packed.shape;
  const c = channels / 4;
  const split = reshape(packed, [batch, rows, columns, c, 2, 2]);
  return reshape(permute(split, [0, 1, 4, 2, 5, 3]), [batch, 2 * rows, 2 * columns, c]);
}

/** [B, 2h, 2w, C] → [B, h·w, C·4]. */
export function packLatents(latents: Value): Value {
  const [batch, height, width, c] = latents.shape;
  const split = reshape(latents, [batch, height / 2, 2, width / 2, 2, c]);
  return reshape(permute(split, [0, 1, 3, 5, 2, 4]), [batch, (height * width) / 4, 4 * c]);
}

/** x·factor + offset, the same for every channel. */
function rescale(x: Value, factor: number, offset: number): Value {
  if (factor === 1 && offset === 0) return x;
  const c = x.shape[x.shape.length - 1];
  const filled = (v: number, name: string) => constant(name, new Float32Array(c).fill(v), [c]);
  return affineChannels(x, filled(factor, 'latent factor'), filled(offset, 'latent offset'));
}

/** Mean and deviation of each channel of a packed token, [4·latent_channels]. */
export interface LatentStatistics {
  mean: Float32Array<ArrayBuffer>;
  deviation: Float32Array<ArrayBuffer>;
}

/**
 * FLUX.2's statistics, `bn.running_mean` and `bn.running_var` of the weights; null where they have none.
 * @throws UserError where one is missing or of another shape
 */
export async function readStatistics(config: VaeConfig, weights: WeightScope): Promise<LatentStatistics | null> {
  const names = ['bn.running_mean', 'bn.running_var'];
  if (!names.some((name) => weights.has(name))) return null;
  const channels = [4 * config.latent_channels];
  for (const name of names) weights.value(name, channels);
  const [mean, variance] = await Promise.all(names.map((name) => weights.tensors.readFloat32(name)));
  return {
    mean: Float32Array.from(mean.data),
    deviation: Float32Array.from(variance.data, (v) => Math.sqrt(v + config.batch_norm_eps)),
  };
}

/** Packed latents·factor + offset with one of each a channel. */
function affine(packed: Value, factor: Float32Array<ArrayBuffer>, offset: Float32Array<ArrayBuffer>): Value {
  const shape = [factor.length];
  return affineChannels(packed, constant('latent factor', factor, shape), constant('latent offset', offset, shape));
}

/**
 * Picture of packed latents, not yet clamped to [0, 1].
 * @param packed [B, image tokens, 4·latent_channels] in the transformer's scale: the decoder reads x/scaling + shift, or
 *   x·deviation + mean where there are statistics
 * @param grid image tokens down and across
 * @returns [B, H, W, 3]
 */
export function decode(
  config: VaeConfig,
  weights: WeightScope,
  packed: Value,
  grid: readonly [number, number],
  statistics: LatentStatistics | null = null,
): Value {
  return within(`${weights.model}/decoder`, () => traceDecoder(config, weights, packed, grid, statistics));
}

function traceDecoder(
  config: VaeConfig,
  weights: WeightScope,
  packed: Value,
  grid: readonly [number, number],
  statistics: LatentStatistics | null,
): Value {
  const conv = convolutions(weights);
  const channels = config.decoder_block_out_channels[0];
  const latents = statistics
    ? unpackLatents(affine(packed, statistics.deviation, statistics.mean), grid)
    : rescale(unpackLatents(packed, grid), 1 / config.scaling_factor, config.shift_factor);
  // decoder.layers.0 is the first convolution, .1 its ReLU; then blocks, upsampling, convolution, again and again.
  let x = conv('decoder.layers.0', boundedTanh(latents, 3), { channels, relu: true });
  let layer = 2;
  config.num_decoder_blocks.forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) {
      const name = `decoder.layers.${layer++}`;
      x = within(`${weights.model}/${name}`, () => {
        const y = config.use_midblock_gn && stage === 0 ? pool(conv, weights, name, x) : x;
        return block(conv, name, y);
      });
    }
    const last = stage === config.num_decoder_blocks.length - 1;
    if (!last) {
      x = upsampleNearest(x, 2);
      layer++;
    }
    x = conv(`decoder.layers.${layer++}`, x, { channels: last ? 3 : channels, bias: last });
  });
  return x;
}

/**
 * Packed latents of a picture [B, H, W, 3] in [0, 1], in the transformer's scale: (z − shift)·scaling, or
 * (z − mean)/deviation where there are statistics.
 */
export function encode(
  config: VaeConfig,
  weights: WeightScope,
  picture: Value,
  statistics: LatentStatistics | null = null,
): Value {
  const conv = convolutions(weights);
  const channels = config.encoder_block_out_channels[0];
  let x = picture;
  let layer = 0;
  config.num_encoder_blocks.forEach((blocks, stage) => {
    x =
      stage === 0
        ? conv(`encoder.layers.${layer++}`, x, { channels })
        : conv(`encoder.layers.${layer++}`, x, { channels, bias: false, stride: 2 });
    for (let i = 0; i < blocks; i++) {
      const name = `encoder.layers.${layer++}`;
      const isLast = stage === config.num_encoder_blocks.length - 1;
      if (config.use_midblock_gn && isLast) x = pool(conv, weights, name, x);
      x = block(conv, name, x);
    }
  });
  const z = conv(`encoder.layers.${layer}`, x, { channels: config.latent_channels });
  if (statistics) {
    const factor = statistics.deviation.map((d) => 1 / d);
    return affine(
      packLatents(z),
      factor,
      factor.map((f, i) => -statistics.mean[i] * f),
    );
  }
  const { scaling_factor: scaling, shift_factor: shift } = config;
  return packLatents(rescale(z, scaling, -shift * scaling));
}
