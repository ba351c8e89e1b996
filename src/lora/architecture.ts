/**
 * @file Which FLUX a LoRA under the original (BFL) names is of: `double_blocks.0.img_mlp.0` is a linear of both, of other
 * sizes and under another name in diffusers. Names decide where only FLUX.2 has them, else the sizes.
 */
import type { TensorInfo } from '../formats/tensor';
import type { Architecture } from '../models/flux-names';

/** Modulations that all blocks share. */
const ONLY_FLUX2 = /(?:double|single)_stream_modulation/;

const TELLING =
  /((?:double_blocks[._]\d+[._](?:img|txt)_mlp[._]([02])|single_blocks[._]\d+[._]linear([12])))\.lora[._](A|B|down|up)/;

interface Sizes {
  /** Of A: the linear's inputs. */
  columns: number;
  /** Of B: the linear's outputs. */
  rows: number;
}

/** The linears that differ: sizes that FLUX.1 has, and sizes that FLUX.2 may have, whose MLP is SwiGLU of any width. */
const SIZES: Readonly<Record<string, Record<'flux1' | 'flux2', (of: Sizes) => boolean>>> = {
  'mlp 0': { flux1: ({ columns, rows }) => rows === 4 * columns, flux2: ({ rows }) => rows % 2 === 0 },
  'mlp 2': { flux1: ({ columns, rows }) => columns === 4 * rows, flux2: () => true },
  'linear 1': {
    flux1: ({ columns, rows }) => rows === 7 * columns,
    flux2: ({ columns, rows }) => rows > 3 * columns && (rows - 3 * columns) % 2 === 0,
  },
  'linear 2': { flux1: ({ columns, rows }) => columns === 5 * rows, flux2: ({ columns, rows }) => columns > rows },
};

/** FLUX.2 where a name says so, or where all linears that tell have sizes of FLUX.2 and none has those of FLUX.1. */
export function architectureOf(tensors: readonly Pick<TensorInfo, 'name' | 'shape'>[]): Architecture {
  const found = new Map<string, Partial<Sizes> & { kind: string }>();
  for (const { name, shape } of tensors) {
    if (ONLY_FLUX2.test(name)) return 'FLUX.2';
    const [, module, mlp, linear, part] = TELLING.exec(name) ?? [];
    if (module === undefined || shape.length !== 2) continue;
    const of = found.get(module) ?? { kind: mlp === undefined ? `linear ${linear}` : `mlp ${mlp}` };
    found.set(module, of);
    if (part === 'A' || part === 'down') of.columns = shape[1];
    else of.rows = shape[0];
  }
  const told = [...found.values()].flatMap(({ kind, columns, rows }) =>
    columns === undefined || rows === undefined ? [] : [{ ...SIZES[kind], of: { columns, rows } }],
  );
  const isFlux2 = told.length > 0 && told.every(({ flux1, flux2, of }) => !flux1(of) && flux2(of));
  return isFlux2 ? 'FLUX.2' : 'FLUX.1';
}
