/**
 * @file The keys that the configs of all FLUX transformers share, and the checks of sizes that have to fit one another.
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import { showValue } from '../../shown';
import { count, flag, size, sizes } from '../configs';
import type { DenoiserConfig } from './denoiser';

/** Schemas of the shared keys but for `guidance_embeds` and `axes_dims_rope`, whose defaults differ. */
export const sharedKeys = {
  patch_size: z._default(z.literal(1, { error: '1' }), 1),
  in_channels: size,
  out_channels: z._default(z.nullable(size), null),
  num_layers: count,
  num_single_layers: count,
  attention_head_dim: integer(1, 1024),
  num_attention_heads: integer(1, 1024),
  joint_attention_dim: size,
};

/** `guidance_embeds` and `axes_dims_rope` with the class's own defaults. */
export const keysWithDefaults = (guidance: boolean, axes: number[]) => ({
  guidance_embeds: z._default(flag, guidance),
  axes_dims_rope: z._default(sizes, axes),
});

/** @throws UserError where the axes of RoPE do not make up a head, or inputs and outputs differ */
export function checkSizes(config: DenoiserConfig & { axes_dims_rope: number[] }, axes: number, file: string): void {
  const { axes_dims_rope: found, attention_head_dim: headDim, in_channels, out_channels } = config;
  const sum = found.reduce((total, axis) => total + axis, 0);
  if (found.length !== axes || found.some((axis) => axis % 2 === 1)) {
    const many = ['no', 'one', 'two', 'three', 'four'][axes];
    throw new UserError(`${file}: "axes_dims_rope" is ${showValue(found)}, expected ${many} even sizes.`);
  }
  if (sum !== headDim) {
    throw new UserError(
      `${file}: "axes_dims_rope" adds up to ${sum}, expected "attention_head_dim", which is ${headDim}.`,
    );
  }
  if (out_channels !== null && out_channels !== in_channels) {
    throw new UserError(
      `${file}: "out_channels" is ${out_channels}, expected null or "in_channels", which is ${in_channels}.`,
    );
  }
}
