/**
 * @file The tensors of FLUX's transformers by name: as diffusers writes them (`transformer_blocks.0.attn.to_q`), as the
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

/** The linears of an architecture, and its norms, in a double block, in a single block and outside. */
interface Family {
  double: Parts;
  single: Parts;
  outside: Parts;
  doubleNorms: Parts;
  singleNorms: Parts;
}

const DOUBLE_NORMS: Parts = {
  'img_attn.norm.query_norm': ['attn.norm_q'],
  'img_attn.norm.key_norm': ['attn.norm_k'],
  'txt_attn.norm.query_norm': ['attn.norm_added_q'],
  'txt_attn.norm.key_norm': ['attn.norm_added_k'],
};

const SINGLE_NORMS: Parts = { 'norm.query_norm': ['attn.norm_q'], 'norm.key_norm': ['attn.norm_k'] };

const ATTENTION: Parts = {
  'img_attn.qkv': ['attn.to_q', 'attn.to_k', 'attn.to_v'],
  'txt_attn.qkv': ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj'],
  'img_attn.proj': ['attn.to_out.0'],
  'txt_attn.proj': ['attn.to_add_out'],
};

const ENDS: Parts = {
  img_in: ['x_embedder'],
  txt_in: ['context_embedder'],
  'final_layer.adaLN_modulation.1': ['norm_out.linear'],
  'final_layer.linear': ['proj_out'],
};

/** `FluxTransformer2DModel` */
const FLUX1: Family = {
  double: {
    'img_mod.lin': ['norm1.linear'],
    'txt_mod.lin': ['norm1_context.linear'],
    ...ATTENTION,
    'img_mlp.0': ['ff.net.0.proj'],
    'img_mlp.2': ['ff.net.2'],
    'txt_mlp.0': ['ff_context.net.0.proj'],
    'txt_mlp.2': ['ff_context.net.2'],
  },
  single: {
    'modulation.lin': ['norm.linear'],
    linear1: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'proj_mlp'],
    linear2: ['proj_out'],
  },
  outside: {
    ...ENDS,
    'time_in.in_layer': ['time_text_embed.timestep_embedder.linear_1'],
    'time_in.out_layer': ['time_text_embed.timestep_embedder.linear_2'],
    'guidance_in.in_layer': ['time_text_embed.guidance_embedder.linear_1'],
    'guidance_in.out_layer': ['time_text_embed.guidance_embedder.linear_2'],
    'vector_in.in_layer': ['time_text_embed.text_embedder.linear_1'],
    'vector_in.out_layer': ['time_text_embed.text_embedder.linear_2'],
  },
  doubleNorms: DOUBLE_NORMS,
  singleNorms: SINGLE_NORMS,
};

/** `Flux2Transformer2DModel`: modulations are shared by all blocks, and there are no biases. */
const FLUX2: Family = {
  double: {
    ...ATTENTION,
    'img_mlp.0': ['ff.linear_in'],
    'img_mlp.2': ['ff.linear_out'],
    'txt_mlp.0': ['ff_context.linear_in'],
    'txt_mlp.2': ['ff_context.linear_out'],
  },
  single: { linear1: ['attn.to_qkv_mlp_proj'], linear2: ['attn.to_out'] },
  outside: {
    ...ENDS,
    'time_in.in_layer': ['time_guidance_embed.timestep_embedder.linear_1'],
    'time_in.out_layer': ['time_guidance_embed.timestep_embedder.linear_2'],
    'guidance_in.in_layer': ['time_guidance_embed.guidance_embedder.linear_1'],
    'guidance_in.out_layer': ['time_guidance_embed.guidance_embedder.linear_2'],
    'double_stream_modulation_img.lin': ['double_stream_modulation_img.linear'],
    'double_stream_modulation_txt.lin': ['double_stream_modulation_txt.linear'],
    'single_stream_modulation.lin': ['single_stream_modulation.linear'],
  },
  doubleNorms: DOUBLE_NORMS,
  singleNorms: SINGLE_NORMS,
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

/** The blocks of an architecture as diffusers writes them, or as the original does; of its linears, norms, or both. */
function blocksOf(double: Parts, single: Parts, outside: Parts, write: 'diffusers' | 'bfl'): Block[] {
  const parts = write === 'bfl' ? bflParts : diffusersParts;
  const [doubles, singles] =
    write === 'bfl' ? ['double_blocks', 'single_blocks'] : ['transformer_blocks', 'single_transformer_blocks'];
  return [
    { prefix: doubles, diffusers: 'transformer_blocks', parts: parts(double) },
    { prefix: singles, diffusers: 'single_transformer_blocks', parts: parts(single) },
    { prefix: '', diffusers: '', parts: parts(outside) },
  ];
}

const linearsOf = ({ double, single, outside }: Family, write: 'diffusers' | 'bfl') =>
  blocksOf(double, single, outside, write);
const normsOf = ({ doubleNorms, singleNorms }: Family, write: 'diffusers' | 'bfl') =>
  blocksOf(doubleNorms, singleNorms, {}, write);

/** diffusers' names of both: no name of one means another linear in the other. */
const EITHER = [...linearsOf(FLUX1, 'diffusers'), ...linearsOf(FLUX2, 'diffusers')];

/** `transformer_blocks.0.attn.to_q` */
export const DIFFUSERS = new Naming('.', EITHER);
/** `transformer_blocks_0_attn_to_q` */
export const FLAT_DIFFUSERS = new Naming('_', EITHER);
/** `double_blocks.0.img_attn.qkv`; what such a name means hangs on the architecture. */
export const BFL = bflNames('.');
/** `double_blocks_0_img_attn_qkv` */
export const FLAT_BFL = bflNames('_');
export type { Naming };

function bflNames(separator: '.' | '_'): Readonly<Record<Architecture, Naming>> {
  const of = (family: Family) => new Naming(separator, linearsOf(family, 'bfl'));
  return { 'FLUX.1': of(FLUX1), 'FLUX.2': of(FLUX2) };
}

const FLUX2_ALONE = new Naming('.', linearsOf(FLUX2, 'diffusers'));
const FLUX1_ALONE = new Naming('.', linearsOf(FLUX1, 'diffusers'));

/** Whether a LoRA of these linears, by diffusers' names, is one of FLUX.2: it adapts what only that has. */
export function isFlux2Lora(linears: Iterable<string>): boolean {
  return [...linears].some((name) => FLUX2_ALONE.adapted(name) && !FLUX1_ALONE.adapted(name));
}

/** How a checkpoint of one architecture names what it holds. */
export interface CheckpointNames {
  linears: Naming;
  norms: Naming;
}

const checkpoint = (family: Family, write: 'diffusers' | 'bfl'): CheckpointNames => ({
  linears: new Naming('.', linearsOf(family, write)),
  norms: new Naming('.', normsOf(family, write)),
});

export const CHECKPOINTS = {
  'FLUX.1': { diffusers: checkpoint(FLUX1, 'diffusers'), bfl: checkpoint(FLUX1, 'bfl') },
  'FLUX.2': { diffusers: checkpoint(FLUX2, 'diffusers'), bfl: checkpoint(FLUX2, 'bfl') },
} as const;

export type Architecture = keyof typeof CHECKPOINTS;
