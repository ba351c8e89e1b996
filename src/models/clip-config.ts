/**
 * @file The configs of a whole CLIP model: config.json of transformers' `CLIPModel`, open_clip_config.json of open_clip,
 * and preprocessor_config.json, which says how a picture is brought to the tower's size.
 */
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { integer, parseWith, real } from '../formats/schema';
import { type ClipVisionConfig, hiddenAct, parseClipVisionConfig } from './configs';

const object = { error: 'an object' };
const size = integer(1, 1_000_000);
const three = (least: number) => {
  const error = `three numbers from ${least} to 10`;
  return z.array(real(least, 10), { error }).check(z.refine((list) => list.length === 3, { error }));
};

const textSchema = z.looseObject(
  {
    vocab_size: z._default(size, 49408),
    hidden_size: z._default(size, 512),
    intermediate_size: z._default(size, 2048),
    num_hidden_layers: z._default(integer(0, 10_000), 12),
    num_attention_heads: z._default(size, 8),
    max_position_embeddings: z._default(integer(2, 4096), 77),
    hidden_act: hiddenAct,
    layer_norm_eps: z._default(real(0, 1, true), 1e-5),
    eos_token_id: z._default(integer(0, 2 ** 31 - 1), 49407),
  },
  object,
);

/** `text_config` of `CLIPModel`. */
export type ClipTextConfig = z.output<typeof textSchema>;

export interface ClipConfig {
  vision: ClipVisionConfig;
  text: ClipTextConfig;
  /** Numbers in an embedding of either. */
  projection: number;
}

const modelSchema = z.looseObject(
  {
    projection_dim: z._default(size, 512),
    text_config: z._default(z.nullable(z.looseObject({}, object)), null),
    vision_config: z._default(z.nullable(z.looseObject({}, object)), null),
    // Older files say it here; what they say counts.
    text_config_dict: z._default(z.nullable(z.looseObject({}, object)), null),
    vision_config_dict: z._default(z.nullable(z.looseObject({}, object)), null),
  },
  object,
);

const openClipSchema = z.looseObject(
  {
    model_cfg: z.looseObject(
      {
        embed_dim: size,
        quick_gelu: z._default(z.boolean({ error: 'true or false' }), false),
        vision_cfg: z.looseObject(
          {
            image_size: z._default(size, 224),
            layers: z._default(size, 12),
            width: z._default(size, 768),
            head_width: z._default(size, 64),
            mlp_ratio: z._default(real(0, 100, true), 4),
            patch_size: z._default(size, 16),
            timm_model_name: z.optional(z.null({ error: "null: open_clip's own image tower" })),
          },
          object,
        ),
        text_cfg: z.looseObject(
          {
            context_length: z._default(size, 77),
            vocab_size: z._default(size, 49408),
            width: z._default(size, 512),
            heads: z._default(size, 8),
            layers: z._default(size, 12),
            mlp_ratio: z._default(real(0, 100, true), 4),
            hf_model_name: z.optional(z.null({ error: "null: open_clip's own text tower" })),
          },
          object,
        ),
      },
      object,
    ),
    preprocess_cfg: z._default(
      z.looseObject({ mean: z.optional(three(-10)), std: z.optional(three(0.0001)) }, object),
      {},
    ),
  },
  object,
);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Whether a config is that of a whole model, with a text tower: transformers' or open_clip's. */
export function isClipModel(config: unknown): boolean {
  if (!isObject(config)) return false;
  const classes = config.architectures;
  return (
    isObject(config.text_config) ||
    isObject(config.text_config_dict) ||
    isObject(config.model_cfg) ||
    (Array.isArray(classes) && classes.includes('CLIPModel'))
  );
}

/** @throws UserError for wrong types and sizes that do not fit one another */
export function parseClipConfig(value: unknown, file: string): ClipConfig {
  const { projection_dim, ...of } = parseWith(modelSchema, fromOpenClip(value, file), file);
  const text = parseWith(textSchema, { ...of.text_config, ...of.text_config_dict }, `${file}: text_config`);
  if (text.hidden_size % text.num_attention_heads !== 0) {
    throw new UserError(
      `${file}: "text_config.hidden_size" is ${text.hidden_size}, expected a multiple of its "num_attention_heads", which is ${text.num_attention_heads}.`,
    );
  }
  const vision = { ...of.vision_config, ...of.vision_config_dict, projection_dim };
  return { vision: parseClipVisionConfig(vision, `${file}: vision_config`), text, projection: projection_dim };
}

/** open_clip's config as transformers would write it; any other as it is. */
function fromOpenClip(value: unknown, file: string): unknown {
  if (!isObject(value) || !('model_cfg' in value)) return value;
  const { embed_dim, quick_gelu, vision_cfg: v, text_cfg: t } = parseWith(openClipSchema, value, file).model_cfg;
  const hidden_act = quick_gelu ? 'quick_gelu' : 'gelu';
  return {
    projection_dim: embed_dim,
    vision_config: {
      hidden_size: v.width,
      intermediate_size: Math.trunc(v.width * v.mlp_ratio),
      num_hidden_layers: v.layers,
      num_attention_heads: Math.trunc(v.width / v.head_width),
      image_size: v.image_size,
      patch_size: v.patch_size,
      hidden_act,
    },
    text_config: {
      vocab_size: t.vocab_size,
      hidden_size: t.width,
      intermediate_size: Math.trunc(t.width * t.mlp_ratio),
      num_hidden_layers: t.layers,
      num_attention_heads: t.heads,
      max_position_embeddings: t.context_length,
      hidden_act,
      // It takes the greatest id for the end of the text, as transformers does where this is 2.
      eos_token_id: 2,
    },
  };
}

/** How a picture becomes the tower's square. */
export interface ClipPreparation {
  /** The shorter side's pixels after resizing, or [height, width]. */
  resize: number | readonly [number, number];
  mean: readonly number[];
  std: readonly number[];
}

const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

/** The whole picture as the square, whatever its shape. */
export const squashed = (side: number): ClipPreparation => ({ resize: [side, side], mean: MEAN, std: STD });

/** How a whole model's pictures are prepared where no preprocessor_config.json says so; open_clip's config may name numbers. */
export function usualPreparation(value: unknown, file: string, side: number): ClipPreparation {
  const { mean = MEAN, std = STD } =
    isObject(value) && 'model_cfg' in value ? parseWith(openClipSchema, value, file).preprocess_cfg : {};
  return { resize: side, mean, std };
}

const side = integer(1, 4096);
const rectangle = z.looseObject({ height: side, width: side }, object);
const yes = z._default(z.literal(true, { error: 'true' }), true);
const sizeError = 'pixels, {"shortest_edge": pixels} or {"height": pixels, "width": pixels}';
const preprocessorSchema = z.looseObject(
  {
    do_resize: yes,
    do_center_crop: z._default(z.boolean({ error: 'true or false' }), true),
    do_normalize: yes,
    size: z._default(
      z.union([side, z.looseObject({ shortest_edge: side }, object), rectangle], { error: sizeError }),
      224,
    ),
    crop_size: z._default(z.union([side, rectangle], { error: 'pixels or {"height": pixels, "width": pixels}' }), 224),
    resample: z._default(z.literal(3, { error: '3, bicubic' }), 3),
    image_mean: z._default(three(-10), MEAN),
    image_std: z._default(three(0.0001), STD),
  },
  object,
);

/**
 * Reads preprocessor_config.json.
 * @param square the tower's `image_size`
 * @throws UserError for what is not bicubic resizing, a crop in the middle and a normalisation, or ends in another size
 */
export function parsePreparation(value: unknown, file: string, square: number): ClipPreparation {
  const { size, crop_size: crop, do_center_crop: crops, ...of } = parseWith(preprocessorSchema, value, file);
  const resize =
    typeof size === 'number'
      ? size
      : 'shortest_edge' in size
        ? (size.shortest_edge as number)
        : ([size.height, size.width] as const);
  const sides = typeof crop === 'number' ? [crop, crop] : [crop.height, crop.width];
  const ends = crops ? sides : typeof resize === 'number' ? [resize, resize] : resize;
  if (ends.some((pixels) => pixels !== square)) {
    throw new UserError(
      `${file}: pictures end as ${ends.join(' × ')} pixels, expected ${square} × ${square}: the tower's "image_size".`,
    );
  }
  if ((typeof resize === 'number' ? [resize] : resize).some((pixels) => pixels < square)) {
    throw new UserError(`${file}: "size" is smaller than the crop, which is ${square} × ${square} pixels.`);
  }
  return { resize, mean: of.image_mean, std: of.image_std };
}
