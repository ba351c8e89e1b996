/**
 * @file kohya's parts with diffusers' names: `transformer.NAME.lora_down.weight`, and with "_" for every "." in the name
 * `lora_unet_transformer_blocks_0_attn_to_q.lora_down.weight` (kohya), `lora_transformer_…` (OneTrainer), `lycoris_…`
 * (LyCORIS).
 */
import { DIFFUSERS, FLAT_DIFFUSERS } from '../../models/flux-names';
import { ALPHA, type Dialect, LORA_DOWN_UP, syntaxReader } from './dialect';

const suffixes = [LORA_DOWN_UP, ALPHA];
const dotted = syntaxReader({ prefix: /^(?:transformer\.)?/, suffixes, naming: DIFFUSERS });
const flat = syntaxReader({
  prefix: /^(?:lora_unet|lora_transformer|lycoris)[._]/,
  suffixes,
  naming: FLAT_DIFFUSERS,
  module: (name) => name.replaceAll('.', '_'),
});

export const kohyaDiffusers: Dialect = {
  label: "kohya, diffusers' names",
  alpha: 'own',
  read: (key, architecture) => flat(key, architecture) ?? dotted(key, architecture),
};
