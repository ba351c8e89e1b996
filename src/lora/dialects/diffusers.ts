/** @file diffusers: `transformer.NAME.lora_A.weight`, as its pipelines save LoRAs, or without `transformer.`. */
import { DIFFUSERS } from '../../models/flux-names';
import { ALPHA, type Dialect, LORA_AB, syntaxReader } from './dialect';

export const diffusers: Dialect = {
  label: 'diffusers',
  alpha: 'first',
  read: syntaxReader({
    prefix: /^(?:transformer\.)?/,
    suffixes: [LORA_AB, /\.lora_[AB]\.(?:weight\.)?(?<part>alpha)$/, ALPHA],
    naming: DIFFUSERS,
  }),
};
