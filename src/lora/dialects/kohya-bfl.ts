/**
 * @file kohya's sd-scripts on FLUX: the original names with "_" for every ".",
 * `lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight`, query, key and value in one.
 */
import { FLAT_BFL } from '../../models/flux-names';
import { ALPHA, type Dialect, LORA_AB, LORA_DOWN_UP, syntaxReader } from './dialect';

export const kohyaBfl: Dialect = {
  label: 'kohya, BFL names',
  alpha: 'own',
  read: syntaxReader({
    prefix: /^(?:lora_unet|lycoris)[._]/,
    suffixes: [LORA_DOWN_UP, LORA_AB, ALPHA],
    naming: FLAT_BFL,
    module: (name) => name.replaceAll('.', '_'),
  }),
};
