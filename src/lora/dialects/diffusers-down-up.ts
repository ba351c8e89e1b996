/**
 * @file diffusers before PEFT: `transformer.NAME.lora.down.weight`, `transformer.NAME.lora_linear_layer.up.weight`, and
 * attention processors, `NAME.attn.processor.to_q_lora.down.weight`, where `to_out` is `to_out.0`.
 */
import { DIFFUSERS } from '../../models/flux-names';
import { ALPHA, type Dialect, syntaxReader } from './dialect';

export const diffusersDownUp: Dialect = {
  label: 'diffusers (lora.down, lora.up)',
  alpha: 'first',
  read: syntaxReader({
    prefix: /^(?:transformer\.)?/,
    suffixes: [
      /(?:\.lora|_lora|\.lora_linear_layer)\.(?<part>down|up)\.weight$/,
      /(?:\.lora|_lora|\.lora_linear_layer)(?:\.(?:down|up))?(?:\.weight)?\.(?<part>alpha)$/,
      ALPHA,
    ],
    naming: DIFFUSERS,
    module: (name) => name.replace('.processor.', '.').replace(/\.to_out$/, '.to_out.0'),
  }),
};
