/**
 * @file FLUX.1: `FluxTransformer2DModel`.
 */
import * as z from 'zod/mini';
import { parseWith } from '../../formats/schema';
import { type SchedulerConfig, size } from '../configs';
import { fluxModulations, fluxTransformer } from '../flux';
import { checkSizes, keysWithDefaults, sharedKeys } from './config';
import type { DenoiserClass } from './denoiser';

/** config.json of `FluxTransformer2DModel`. */
const schema = z.looseObject(
  { ...sharedKeys, ...keysWithDefaults(false, [16, 56, 56]), pooled_projection_dim: size },
  { error: 'an object' },
);

export const flux1: DenoiserClass = {
  className: 'FluxTransformer2DModel',
  open(value, file) {
    const config = parseWith(schema, value, file);
    checkSizes(config, 3, file);
    return {
      config,
      pooledText: config.pooled_projection_dim,
      targets: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'attn.to_out.0'],
      modulations: fluxModulations(config),
      velocity: (weights, lora, inputs, grid) => fluxTransformer(config, weights, lora, inputs, grid),
      mu: linearMu,
    };
  },
};

/** Linear in image tokens between the scheduler's two points: 0.5 at 256, 1.15 at 4096. */
function linearMu(scheduler: SchedulerConfig, imageTokens: number): number {
  const { base_image_seq_len: low, max_image_seq_len: high, base_shift: base, max_shift: most } = scheduler;
  return base + ((most - base) * (imageTokens - low)) / (high - low);
}
