/** @file PEFT: `base_model.model.NAME.lora_A.weight`, as `save_pretrained` writes adapter_model.safetensors. */
import { DIFFUSERS } from '../../models/flux-names';
import { ALPHA, type Dialect, LORA_AB, syntaxReader } from './dialect';

export const peft: Dialect = {
  label: 'PEFT',
  alpha: 'own',
  needsConfig: true,
  read: syntaxReader({
    prefix: /^base_model\.model\.(?:transformer\.)?/,
    suffixes: [LORA_AB, ALPHA],
    naming: DIFFUSERS,
  }),
};
