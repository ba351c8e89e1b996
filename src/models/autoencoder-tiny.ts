/**
 * @file `AutoencoderTiny` of diffusers (the TAESD architecture), pictures as [B, H, W, 3] in [0, 1].
 *
 * diffusers maps pictures to [−1, 1] outside and back inside; here both maps cancel and are left out.
 */
import { constant, type Value, within } from '../graph/graph';
import { boundedTanh } from '../ops/activation';
import { affineChannels } from '../ops/affine-channels';
import { conv2d } from '../ops/conv2d';
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

/**
 * Picture of packed latents, not yet clamped to [0, 1].
 * @param packed [B, image tokens, 4·latent_channels] in the transformer's scale: the decoder reads x/scaling + shift
 * @param grid image tokens down and across
 * @returns [B, H, W, 3]
 */
export function decode(config: VaeConfig, weights: WeightScope, packed: Value, grid: readonly [number, number]): Value {
  return within(`${weights.model}/decoder`, () => traceDecoder(config, weights, packed, grid));
}

function traceDecoder(config: VaeConfig, weights: WeightScope, packed: Value, grid: readonly [number, number]): Value {
  const conv = convolutions(weights);
  const channels = config.decoder_block_out_channels[0];
  const latents = rescale(unpackLatents(packed, grid), 1 / config.scaling_factor, config.shift_factor);
  // decoder.layers.0 is the first convolution, .1 its ReLU; then blocks, upsampling, convolution, again and again.
  let x = conv('decoder.layers.0', boundedTanh(latents, 3), { channels, relu: true });
  let layer = 2;
  config.num_decoder_blocks.forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) x = block(conv, `decoder.layers.${layer++}`, x);
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
 * Packed latents of a picture [B, H, W, 3] in [0, 1], in the transformer's scale: (z − shift)·scaling.
 */
export function encode(config: VaeConfig, weights: WeightScope, picture: Value): Value {
  const conv = convolutions(weights);
  const channels = config.encoder_block_out_channels[0];
  let x = picture;
  let layer = 0;
  config.num_encoder_blocks.forEach((blocks, stage) => {
    x =
      stage === 0
        ? conv(`encoder.layers.${layer++}`, x, { channels })
        : conv(`encoder.layers.${layer++}`, x, { channels, bias: false, stride: 2 });
    for (let i = 0; i < blocks; i++) x = block(conv, `encoder.layers.${layer++}`, x);
  });
  const z = conv(`encoder.layers.${layer}`, x, { channels: config.latent_channels });
  const { scaling_factor: scaling, shift_factor: shift } = config;
  return packLatents(rescale(z, scaling, -shift * scaling));
}
