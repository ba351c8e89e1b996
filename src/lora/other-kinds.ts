/**
 * @file Tensors found in LoRA files that are no part of a LoRA of the transformer, by what they are: other methods, LoRAs
 * of other layers and models. A sentence names them as that, never as "no LoRA".
 */

interface Kind {
  key: RegExp;
  /** "is part of …" */
  what: string;
  /** Adds its values to weights: passed over where all of them are zero. */
  additive?: true;
}

const KINDS: readonly Kind[] = [
  { key: /\.dora_scale$|\.lora_magnitude_vector\b|\.magnitude$/, what: 'a DoRA' },
  { key: /\.hada_[wt]\d/, what: 'a LoHa' },
  { key: /\.lokr_[wt]\d/, what: 'a LoKr' },
  { key: /\.ia3_l\b|\.on_input$/, what: 'an IA3 adapter' },
  { key: /\.(?:b?oft_|glora_)|\.oft\.|\.[ab]\d\.weight$/, what: 'an OFT or GLoRA adapter' },
  { key: /\.vera_(?:lambda|A|B)/, what: 'a VeRA' },
  { key: /\.lora_(?:E|ranknum)\b/, what: 'an AdaLoRA' },
  { key: /\.lora_diag\b/, what: 'a KaSA' },
  { key: /\.lora_mid\b/, what: 'a LoRA of a convolution (LoCon)' },
  { key: /\.lora_embedding_[AB]\b/, what: 'a LoRA of an embedding' },
  {
    key: /\.lora_(?:A|B|down|up)\b.*\.bias$|\.lora\.(?:up|down)\.bias$|\.diff_b$/,
    what: 'a LoRA of biases',
    additive: true,
  },
  { key: /\.diff$/, what: 'a difference of whole weights ("diff")', additive: true },
  { key: /\bmodules_to_save\b/, what: 'a module trained whole' },
  { key: /norm[^.]*\.(?:weight|scale|bias)$/, what: 'a norm trained whole' },
  { key: /\.(?:scale_weight|weight_scale|comfy_quant|input_scale)$/, what: 'scaled fp8 weights' },
];

/** What a tensor is that belongs to no LoRA of linears; undefined where its name is of no such kind. */
export function otherKind(key: string): Kind | undefined {
  return KINDS.find((kind) => kind.key.test(key));
}

/** Whether a tensor belongs to a LoRA of a text encoder. */
export function isOfTextEncoder(key: string): boolean {
  return /^(?:base_model\.model\.)?(?:lora_te\d*[._]|lora_text_encoder|lora_prior_te|text_encoders?[._\d]|text_model\.)/.test(
    key,
  );
}

/** Whether a name ends as some LoRA's does, whatever it adapts. */
export function looksLikeLora(key: string): boolean {
  return /\.lora_(?:A|B|down|up)\b|[._]lora\d?\.(?:down|up)\b|\.lora_linear_layer\b|\.alpha$/.test(key);
}

const OTHER_MODELS: readonly { key: RegExp; what: string }[] = [
  { key: /down_blocks|up_blocks|mid_block|input_blocks|output_blocks|middle_block/, what: 'a UNet (Stable Diffusion)' },
  { key: /joint_blocks|double_stream_modulation/, what: 'another transformer' },
  { key: /(?:^|\.)model\.layers\.\d+\.|self_attn|mlp\.(?:gate|up|down)_proj/, what: 'a language model' },
];

/** The kind of model a LoRA's name is known from, where it is no FLUX transformer. */
export function otherModel(key: string): string | undefined {
  return OTHER_MODELS.find((model) => model.key.test(key))?.what;
}
