/**
 * @file XLabs' attention processors: `double_blocks.0.processor.qkv_lora1.down.weight` (1 is the image, 2 the text),
 * `proj_lora1`, `single_blocks.0.processor.qkv_lora.up.weight`. They know no alpha.
 */
import { BFL } from '../../models/flux-names';
import type { Dialect } from './dialect';

const KEY =
  /^(?:diffusion_model\.)?(?:(?<double>double_blocks\.\d+)\.processor\.(?<which>qkv|proj)_lora(?<side>[12])|(?<single>single_blocks\.\d+)\.processor\.(?<whole>qkv|proj)_lora)\.(?<part>down|up)\.weight$/;

export const xlabs: Dialect = {
  label: 'XLabs',
  alpha: 'own',
  read: (key) => {
    const groups = KEY.exec(key)?.groups;
    if (!groups) return undefined;
    const { double, which, side, single, whole, part } = groups;
    const module = double
      ? `${double}.${side === '1' ? 'img' : 'txt'}_attn.${which}`
      : `${single}.${whole === 'qkv' ? 'linear1' : 'linear2'}`;
    const adapted = BFL['FLUX.1'].adapted(module);
    // Of a single block the MLP's rows are not adapted.
    const linears = adapted?.linears.filter((name) => !name.endsWith('.proj_mlp'));
    return linears && { linears, module, part: part === 'down' ? 'A' : 'B' };
  },
};
