/**
 * @file CLIP's tensors by transformers' names, whoever wrote the file. open_clip keeps query, key and value in one matrix
 * and its two projections transposed.
 */
import { UserError } from '../errors';
import { bytesOf, toFloat32 } from '../formats/dtypes';
import type { FileSource } from '../formats/file-source';
import { openTensors } from '../formats/safetensors';
import { rowsOf, type StoredTensor, type TensorSet, tensorSet } from '../formats/tensor-set';
import { shown, showValue } from '../shown';

/** Where a folder keeps its weights, without the extension: transformers' name, open_clip's. */
const STEMS = ['model', 'open_clip_model'];

/** Outside of the blocks; what is not here keeps its name. */
const NAMES: Record<string, string> = {
  'visual.class_embedding': 'vision_model.embeddings.class_embedding',
  'visual.positional_embedding': 'vision_model.embeddings.position_embedding.weight',
  'visual.conv1.weight': 'vision_model.embeddings.patch_embedding.weight',
  'visual.ln_pre': 'vision_model.pre_layrnorm',
  'visual.ln_post': 'vision_model.post_layernorm',
  'visual.proj': 'visual_projection.weight',
  'token_embedding.weight': 'text_model.embeddings.token_embedding.weight',
  positional_embedding: 'text_model.embeddings.position_embedding.weight',
  ln_final: 'text_model.final_layer_norm',
  text_projection: 'text_projection.weight',
};

/** Of a block; `attn.in_proj` is three. */
const PARTS: Record<string, string> = {
  ln_1: 'layer_norm1',
  ln_2: 'layer_norm2',
  'attn.out_proj': 'self_attn.out_proj',
  'mlp.c_fc': 'mlp.fc1',
  'mlp.c_proj': 'mlp.fc2',
};

/** Matrices that open_clip multiplies from the other side. */
const TRANSPOSED = new Set(['visual.proj', 'text_projection']);

/**
 * The weights of a CLIP model in a folder; reads headers only.
 * @param folder path in the source, '' for the source itself
 * @throws UserError where there are none, and for a damaged file
 */
export async function openClipTensors(source: FileSource, folder: string): Promise<TensorSet> {
  const at = (stem: string) => (folder === '' ? stem : `${folder}/${stem}`);
  for (const stem of STEMS.map(at)) {
    const files = [`${stem}.safetensors`, `${stem}.safetensors.index.json`];
    const sizes = await Promise.all(files.map((file) => source.size(file)));
    if (sizes.every((size) => size === undefined)) continue;
    const set = await openTensors(source, stem);
    return [...set.info.keys()].some((name) => name.startsWith('visual.')) ? fromOpenClip(source, set) : set;
  }
  // Says what is missing.
  return openTensors(source, at(STEMS[0]));
}

/** The set by transformers' names. */
function fromOpenClip(source: FileSource, set: TensorSet): TensorSet {
  const info: TensorSet['info'] = new Map();
  const transposed = new Set<string>();
  for (const [own, tensor] of set.info) {
    // Where the text tower is a module of its own, its names begin with it.
    const name = own.replace(/^text\./, '');
    const block = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)$/.exec(name);
    if (block) {
      const [, visual, index, part] = block;
      const layer = `${visual ? 'vision_model' : 'text_model'}.encoder.layers.${index}`;
      const fused = /^attn\.in_proj_(weight|bias)$/.exec(part);
      if (fused) {
        thirds(tensor, set.name).forEach((third, i) => {
          info.set(`${layer}.self_attn.${'qkv'[i]}_proj.${fused[1]}`, third);
        });
      } else info.set(`${layer}.${renamed(part, PARTS)}`, tensor);
    } else if (TRANSPOSED.has(name) && tensor.shape.length === 2) {
      info.set(NAMES[name], { ...tensor, shape: [tensor.shape[1], tensor.shape[0]] });
      transposed.add(NAMES[name]);
    } else info.set(renamed(name, NAMES), tensor);
  }
  return withTransposed(tensorSet(source, { ...set, info }), transposed);
}

/** `ln_1.weight` by the name of `ln_1`. */
function renamed(name: string, names: Record<string, string>): string {
  if (Object.hasOwn(names, name)) return names[name];
  const end = name.lastIndexOf('.');
  const module = name.slice(0, end);
  return Object.hasOwn(names, module) ? `${names[module]}${name.slice(end)}` : name;
}

/** Rows of query, key and value. */
function thirds(tensor: StoredTensor, file: string): StoredTensor[] {
  const [rows] = tensor.shape;
  if (tensor.shape.length === 0 || rows % 3 !== 0) {
    throw new UserError(
      `${file}: tensor ${shown(tensor.name)} has shape ${showValue(tensor.shape)}, expected the rows of query, key and value.`,
    );
  }
  return [0, 1, 2].map((i) => rowsOf(tensor, [(i * rows) / 3, ((i + 1) * rows) / 3]));
}

/** The set with some matrices turned as they are read; their `info` names the turned shape already. */
function withTransposed(set: TensorSet, names: ReadonlySet<string>): TensorSet {
  const read: TensorSet['read'] = async (name, rows) => {
    if (!names.has(name)) return set.read(name, rows);
    const whole = await set.read(name);
    const [outputs, inputs] = whole.shape;
    const wide = bytesOf(whole.dtype, 1);
    const [begin, end] = rows ?? [0, outputs];
    const bytes = new Uint8Array((end - begin) * inputs * wide);
    for (let r = begin, at = 0; r < end; r++) {
      for (let c = 0; c < inputs; c++, at += wide) {
        const from = (c * outputs + r) * wide;
        for (let b = 0; b < wide; b++) bytes[at + b] = whole.bytes[from + b];
      }
    }
    return { ...whole, shape: [end - begin, inputs], bytes };
  };
  return {
    ...set,
    read,
    readFloat32: async (name) => {
      if (!names.has(name)) return set.readFloat32(name);
      const { dtype, shape, bytes } = await read(name);
      return { shape, data: toFloat32(bytes, dtype) };
    },
  };
}
