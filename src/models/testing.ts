/** @file A FLUX.1 transformer's weights as other programs write them, made for tests. */
import { blockOf, quantise } from '../formats/dtypes';
import { writeSafetensors } from '../formats/safetensors';
import type { TensorSet } from '../formats/tensor-set';
import { ggufOf, text } from '../formats/testing';
import { CHECKPOINTS } from './flux-names';

interface Named {
  name: string;
  shape: number[];
  data: Float32Array<ArrayBuffer>;
}

const { linears, norms } = CHECKPOINTS['FLUX.1'].bfl;
const OUTSIDE = [
  ...['img_in', 'txt_in', 'final_layer.adaLN_modulation.1', 'final_layer.linear'],
  ...['time_in', 'vector_in', 'guidance_in'].flatMap((name) => [`${name}.in_layer`, `${name}.out_layer`]),
];
const DOUBLE = ['img', 'txt'].flatMap((side) =>
  ['mod.lin', 'attn.qkv', 'attn.proj', 'mlp.0', 'mlp.2', 'attn.norm.query_norm', 'attn.norm.key_norm'].map(
    (part) => `${side}_${part}`,
  ),
);
const SINGLE = ['modulation.lin', 'linear1', 'linear2', 'norm.query_norm', 'norm.key_norm'];

/** The tensors by the original's names: fused rows, and the last modulation's halves swapped. */
export async function bflTensors({ info, readFloat32 }: TensorSet): Promise<Named[]> {
  const blocks = (kind: string) =>
    [...info.keys()].filter((name) => new RegExp(`^${kind}\\.\\d+\\.norm1?\\.linear\\.weight$`).test(name)).length;
  const within = (kind: string, count: number, parts: string[]) =>
    Array.from({ length: count }, (_, i) => parts.map((part) => `${kind}.${i}.${part}`)).flat();
  const modules = [
    ...OUTSIDE,
    ...within('double_blocks', blocks('transformer_blocks'), DOUBLE),
    ...within('single_blocks', blocks('single_transformer_blocks'), SINGLE),
  ];
  const tensors: Named[] = [];
  for (const module of modules) {
    const norm = norms.adapted(module);
    const { linears: names, swapHalves } = norm ?? linears.adapted(module)!;
    for (const part of norm ? ['weight'] : ['weight', 'bias']) {
      const name = `${module}.${norm ? 'scale' : part}`;
      if (!info.has(`${names[0]}.${part}`)) continue;
      const read = await Promise.all(names.map((linear) => readFloat32(`${linear}.${part}`)));
      const all = new Float32Array(read.flatMap(({ data }) => [...data]));
      const data = swapHalves
        ? new Float32Array([...all.subarray(all.length / 2), ...all.subarray(0, all.length / 2)])
        : all;
      const rows = read.reduce((sum, { shape }) => sum + shape[0], 0);
      tensors.push({ name, shape: [rows, ...read[0].shape.slice(1)], data });
    }
  }
  return tensors;
}

/** The original's single file, in f32. */
export const bflFile = async (tensors: TensorSet): Promise<Uint8Array<ArrayBuffer>> =>
  writeSafetensors(await bflTensors(tensors));

/** A GGUF file with the original's names: matrices in blocks, the rest in f32. */
export async function ggufFile(tensors: TensorSet, dtype: 'Q8_0' | 'Q4_0'): Promise<Uint8Array<ArrayBuffer>> {
  const named = await bflTensors(tensors);
  return ggufOf({
    pairs: [['general.architecture', 8, text('flux')]],
    tensors: named.map(({ name, shape, data }) => {
      const isMatrix = shape.length === 2 && shape[1] % blockOf(dtype) === 0;
      const bytes = isMatrix ? quantise(data, dtype, name) : new Uint8Array(data.buffer);
      return { name, sizes: [...shape].reverse(), type: isMatrix ? { Q8_0: 8, Q4_0: 2 }[dtype] : 0, bytes };
    }),
  });
}
