/**
 * @file The original (BFL) names with dots: `diffusion_model.double_blocks.0.img_attn.qkv.lora_A.weight` (ComfyUI,
 * ai-toolkit), with PEFT's prefix (fal's Kontext trainer), or without a prefix; `lora_down` and `lora_up` too.
 */
import { BFL } from '../../models/flux-names';
import { ALPHA, type Dialect, LORA_AB, LORA_DOWN_UP, syntaxReader } from './dialect';

export const bfl: Dialect = {
  label: 'ComfyUI and ai-toolkit, BFL names',
  alpha: 'own',
  read: syntaxReader({
    prefix: /^(?:base_model\.model\.)?(?:model\.)?(?:diffusion_model\.|transformer\.)?/,
    suffixes: [LORA_AB, LORA_DOWN_UP, /\.lora\.(?<part>down|up)\.weight$/, ALPHA],
    naming: BFL,
  }),
};
