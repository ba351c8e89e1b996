/**
 * @file Group normalisation over [B, H, W, C] with frozen weight and bias, made of layer normalisation: the rows are the
 * pixels and channels of one group.
 */
import type { Value } from '../graph/graph';
import { affineChannels } from './affine-channels';
import { layerNorm } from './layer-norm';
import { permute } from './permute';
import { reshape } from './reshape';
import { unpack } from './unpack';

/**
 * (x − mean)/√(variance + eps)·weight + bias with mean and population variance of each of `groups` runs of channels over
 * the whole picture; weight and bias [C], of any type. Gradient for x only.
 * @throws where the groups are not whole
 */
export function groupNorm(x: Value, groups: number, eps: number, affine: { weight: Value; bias: Value }): Value {
  const [batch, height, width, channels] = x.shape;
  const each = channels / groups;
  if (!Number.isInteger(each)) throw new Error(`group norm: ${channels} channels are not ${groups} groups`);
  const pixels = height * width;
  const apart = permute(reshape(x, [batch, pixels, groups, each]), [0, 2, 1, 3]);
  const normed = layerNorm(reshape(apart, [batch, groups, pixels * each]), eps);
  const together = permute(reshape(normed, [batch, groups, pixels, each]), [0, 2, 1, 3]);
  return affineChannels(reshape(together, x.shape), unpack(affine.weight), unpack(affine.bias));
}
