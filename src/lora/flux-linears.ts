/**
 * @file The linears of FLUX's transformer by name: as diffusers writes them (`transformer_blocks.0.attn.to_q`), as the
 * original checkpoint does (BFL: `double_blocks.0.img_attn.qkv`), and either with "_" for every "." (kohya's trainers).
 *
 * A name is looked up in these tables, never taken apart at its underscores.
 */

/** The linears a LoRA's B adapts, in the order of its rows: several where the other naming keeps them in one. */
export interface Adapted {
  linears: readonly string[];
  /** B's halves are [shift, scale], the linear's are [scale, shift]. */
  swapHalves?: true;
}

/** One part of a BFL block and the parts of diffusers' that hold it. */
type Parts = Record<string, readonly string[]>;

const DOUBLE: Parts = {
  'img_mod.lin': ['norm1.linear'],
  'txt_mod.lin': ['norm1_context.linear'],
  'img_attn.qkv': ['attn.to_q', 'attn.to_k', 'attn.to_v'],
  'txt_attn.qkv': ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj'],
  'img_attn.proj': ['attn.to_out.0'],
  'txt_attn.proj': ['attn.to_add_out'],
  'img_mlp.0': ['ff.net.0.proj'],
  'img_mlp.2': ['ff.net.2'],
  'txt_mlp.0': ['ff_context.net.0.proj'],
  'txt_mlp.2': ['ff_context.net.2'],
};

const SINGLE: Parts = {
  'modulation.lin': ['norm.linear'],
  linear1: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'proj_mlp'],
  linear2: ['proj_out'],
};

const OUTSIDE: Parts = {
  img_in: ['x_embedder'],
  txt_in: ['context_embedder'],
  'time_in.in_layer': ['time_text_embed.timestep_embedder.linear_1'],
  'time_in.out_layer': ['time_text_embed.timestep_embedder.linear_2'],
  'guidance_in.in_layer': ['time_text_embed.guidance_embedder.linear_1'],
  'guidance_in.out_layer': ['time_text_embed.guidance_embedder.linear_2'],
  'vector_in.in_layer': ['time_text_embed.text_embedder.linear_1'],
  'vector_in.out_layer': ['time_text_embed.text_embedder.linear_2'],
  'final_layer.adaLN_modulation.1': ['norm_out.linear'],
  'final_layer.linear': ['proj_out'],
};

/** In the original the last modulation is [shift, scale], in diffusers [scale, shift]. */
const SWAPPED = 'norm_out.linear';

const flatten = (name: string) => name.replaceAll('.', '_');

/** A kind of block: how its name begins here and in diffusers, and its parts; what lies outside the blocks has no name. */
interface Block {
  prefix: string;
  diffusers: string;
  parts: [string, Adapted][];
}

/** One way of writing names. */
class Naming {
  readonly #blocks: { prefix: RegExp; parts: ReadonlyMap<string, Adapted>; diffusers: string }[];

  /** @param separator what stands between the parts of a name */
  constructor(separator: '.' | '_', blocks: readonly Block[]) {
    const written = (name: string) => (separator === '.' ? name : flatten(name));
    this.#blocks = blocks.map(({ prefix, diffusers, parts }) => ({
      prefix: prefix === '' ? /^/ : new RegExp(`^${prefix}${separator === '.' ? '\\.' : '_'}(0|[1-9]\\d*)[._]`),
      parts: new Map(parts.map(([name, adapted]) => [written(name), adapted])),
      diffusers,
    }));
  }

  /** The linears that a name stands for; undefined where FLUX has no such linear. */
  adapted(name: string): Adapted | undefined {
    for (const { prefix, parts, diffusers } of this.#blocks) {
      const match = prefix.exec(name);
      const part = match && parts.get(name.slice(match[0].length));
      if (!part) continue;
      if (diffusers === '') return part;
      return { ...part, linears: part.linears.map((linear) => `${diffusers}.${match[1]}.${linear}`) };
    }
    return undefined;
  }
}

const bflParts = (parts: Parts) =>
  Object.entries(parts).map(([bfl, linears]): [string, Adapted] => [
    bfl,
    linears[0] === SWAPPED ? { linears, swapHalves: true } : { linears },
  ]);
const diffusersParts = (parts: Parts) =>
  Object.values(parts).flatMap((linears) => linears.map((name): [string, Adapted] => [name, { linears: [name] }]));

const DIFFUSERS_BLOCKS = [
  { prefix: 'transformer_blocks', diffusers: 'transformer_blocks', parts: diffusersParts(DOUBLE) },
  { prefix: 'single_transformer_blocks', diffusers: 'single_transformer_blocks', parts: diffusersParts(SINGLE) },
  { prefix: '', diffusers: '', parts: diffusersParts(OUTSIDE) },
];
const BFL_BLOCKS = [
  { prefix: 'double_blocks', diffusers: 'transformer_blocks', parts: bflParts(DOUBLE) },
  { prefix: 'single_blocks', diffusers: 'single_transformer_blocks', parts: bflParts(SINGLE) },
  { prefix: '', diffusers: '', parts: bflParts(OUTSIDE) },
];

/** `transformer_blocks.0.attn.to_q` */
export const DIFFUSERS = new Naming('.', DIFFUSERS_BLOCKS);
/** `transformer_blocks_0_attn_to_q` */
export const FLAT_DIFFUSERS = new Naming('_', DIFFUSERS_BLOCKS);
/** `double_blocks.0.img_attn.qkv` */
export const BFL = new Naming('.', BFL_BLOCKS);
/** `double_blocks_0_img_attn_qkv` */
export const FLAT_BFL = new Naming('_', BFL_BLOCKS);
export type { Naming };
