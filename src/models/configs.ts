/**
 * @file The config.json files of diffusers and transformers that the engine reads: their own key names, their own
 * defaults where older files leave a key out, and the checks that make a model of them possible. Unknown keys are
 * allowed: libraries add them.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { integer, parseWith, real } from '../formats/schema';
import { showValue } from '../shown';

export const size = integer(1, 1_000_000);
export const count = integer(0, 10_000);
/** An entry for each stage, axis and so on: a few. */
const few = <Schema extends z.ZodMiniType>(entry: Schema, what: string) => {
  const error = `a list of at most 16 ${what}`;
  return z.array(entry, { error }).check(z.maxLength(16, { error }));
};
export const sizes = few(size, 'whole numbers above 0');
export const flag = z.boolean({ error: 'true or false' });
const object = 'an object';

const vaeSchema = z.looseObject(
  {
    in_channels: z._default(z.literal(3, { error: '3' }), 3),
    out_channels: z._default(z.literal(3, { error: '3' }), 3),
    encoder_block_out_channels: z._default(sizes, [64, 64, 64, 64]),
    decoder_block_out_channels: z._default(sizes, [64, 64, 64, 64]),
    act_fn: z._default(z.literal('relu', { error: '"relu"' }), 'relu'),
    upsample_fn: z._default(z.literal('nearest', { error: '"nearest"' }), 'nearest'),
    latent_channels: z._default(size, 4),
    upsampling_scaling_factor: z._default(z.literal(2, { error: '2' }), 2),
    num_encoder_blocks: z._default(few(count, 'whole numbers'), [1, 3, 3, 3]),
    num_decoder_blocks: z._default(few(count, 'whole numbers'), [3, 3, 3, 1]),
    scaling_factor: z._default(real(1e-6, 1e6), 1),
    shift_factor: z._default(real(-1e6, 1e6), 0),
    use_midblock_gn: z._default(flag, false),
    batch_norm_eps: z._default(real(0, 1), 1e-4),
  },
  { error: object },
);

/**
 * config.json of `AutoencoderTiny`. TAEF2 has `use_midblock_gn` besides: blocks at the latents' resolution begin with a
 * GroupNorm; `batch_norm_eps` belongs to statistics of the latents where the weights have them.
 */
export type VaeConfig = z.output<typeof vaeSchema>;

/** @throws UserError for a missing key, a wrong type, and block lists that do not fit one another */
export function parseVaeConfig(value: unknown, file: string): VaeConfig {
  const config = parseWith(vaeSchema, value, file);
  for (const side of ['encoder', 'decoder'] as const) {
    const channels = config[`${side}_block_out_channels`];
    const blocks = config[`num_${side}_blocks`];
    if (channels.length === 0 || channels.length !== blocks.length) {
      throw new UserError(
        `${file}: "${side}_block_out_channels" has ${channels.length} entries, expected as many as "num_${side}_blocks", which has ${blocks.length}.`,
      );
    }
    if (channels.some((channel) => channel !== channels[0])) {
      throw new UserError(`${file}: "${side}_block_out_channels" is ${showValue(channels)}, expected equal sizes.`);
    }
  }
  if (config.num_encoder_blocks.length !== config.num_decoder_blocks.length) {
    throw new UserError(`${file}: the encoder and the decoder differ in their number of stages, expected the same.`);
  }
  return config;
}

/** Pixels a side of one latent: each stage after the first halves the picture. */
export function vaeScaleFactor(config: VaeConfig): number {
  return 2 ** (config.num_decoder_blocks.length - 1);
}

const off = z._default(z.literal(false, { error: 'false' }), false);
const tokens = integer(1, 1_000_000);
const schedulerSchema = z.looseObject(
  {
    shift: z._default(real(0.001, 1000), 1),
    num_train_timesteps: z._default(z.literal(1000, { error: '1000' }), 1000),
    use_dynamic_shifting: z._default(flag, false),
    time_shift_type: z._default(
      z.enum(['exponential', 'linear'], { error: '"exponential" or "linear"' }),
      'exponential',
    ),
    base_shift: z._default(real(-100, 100), 0.5),
    max_shift: z._default(real(-100, 100), 1.15),
    base_image_seq_len: z._default(tokens, 256),
    max_image_seq_len: z._default(tokens, 4096),
    use_karras_sigmas: off,
    use_exponential_sigmas: off,
    use_beta_sigmas: off,
    invert_sigmas: off,
    stochastic_sampling: off,
    shift_terminal: z._default(z.literal(null, { error: 'null' }), null),
  },
  { error: object },
);

/** scheduler_config.json of `FlowMatchEulerDiscreteScheduler`, with a static shift or one by tokens and steps. */
export type SchedulerConfig = z.output<typeof schedulerSchema>;

/** @throws UserError for wrong types, for schedules other than a shift, and for a dynamic one without a slope */
export function parseSchedulerConfig(value: unknown, file: string): SchedulerConfig {
  const config = parseWith(schedulerSchema, value, file);
  if (config.base_image_seq_len >= config.max_image_seq_len) {
    throw new UserError(
      `${file}: "base_image_seq_len" is ${config.base_image_seq_len}, expected less than "max_image_seq_len", which is ${config.max_image_seq_len}.`,
    );
  }
  return config;
}

const activation = '"gelu", "quick_gelu", "gelu_new" or "gelu_pytorch_tanh"';
/** `hidden_act` of either tower of CLIP. */
export const hiddenAct = z._default(
  z.enum(['gelu', 'quick_gelu', 'gelu_new', 'gelu_pytorch_tanh'], { error: activation }),
  'quick_gelu',
);
const visionSchema = z.looseObject(
  {
    hidden_size: z._default(size, 768),
    intermediate_size: z._default(size, 3072),
    projection_dim: z._default(size, 512),
    num_hidden_layers: z._default(count, 12),
    num_attention_heads: z._default(size, 12),
    num_channels: z._default(z.literal(3, { error: '3' }), 3),
    image_size: z._default(integer(1, 4096), 224),
    patch_size: z._default(size, 32),
    hidden_act: hiddenAct,
    layer_norm_eps: z._default(real(0, 1, true), 1e-5),
  },
  { error: object },
);

/** config.json of `CLIPVisionModelWithProjection`. */
export type ClipVisionConfig = z.output<typeof visionSchema>;

/**
 * Reads the config of a vision tower; a whole CLIP model's config holds it as `vision_config`.
 *
 * @throws UserError for wrong types and sizes that do not fit one another
 */
export function parseClipVisionConfig(value: unknown, file: string): ClipVisionConfig {
  const inner = (value as { vision_config?: unknown } | null)?.vision_config ?? value;
  const config = parseWith(visionSchema, inner, file);
  if (config.hidden_size % config.num_attention_heads !== 0) {
    throw new UserError(
      `${file}: "hidden_size" is ${config.hidden_size}, expected a multiple of "num_attention_heads", which is ${config.num_attention_heads}.`,
    );
  }
  if (config.image_size % config.patch_size !== 0) {
    throw new UserError(
      `${file}: "image_size" is ${config.image_size}, expected a multiple of "patch_size", which is ${config.patch_size}.`,
    );
  }
  return config;
}
