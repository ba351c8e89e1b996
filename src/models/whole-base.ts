/**
 * @file For tests: published bases with their true configs, names and shapes (`tools/reference/golden/checkpoints`, from
 * diffusers and transformers), whose gigabytes are zeros that are made where they are read.
 */
import { readFileSync } from 'node:fs';
import { dirSource } from '../formats/dir-source';
import { type FileSource, memorySource, pathsBelow } from '../formats/file-source';
import { writeSafetensors } from '../formats/safetensors';
import { sizeOf } from '../graph/graph';
import { BINDING_BYTES } from './weights';

type Shapes = Record<string, number[]>;

const GOLDEN = 'tools/reference/golden/checkpoints';
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

const ZEROS = new Uint8Array(BINDING_BYTES);

/** A .safetensors file of zeros in f16: its size, what comes before the zeros, and a reader of its bytes. */
export function zerosFile(shapes: Shapes): {
  size: number;
  head: Uint8Array<ArrayBuffer>;
  read(begin: number, end: number): Uint8Array<ArrayBuffer>;
} {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 2 * sizeOf(shape);
    return [name, { dtype: 'F16', shape, data_offsets: [begin, end] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  return {
    size: head.length + end,
    head,
    read(begin, stop) {
      // Nobody changes what is read of the data, so that it need not be made anew.
      if (begin >= head.length && stop - begin <= ZEROS.length) return ZEROS.subarray(0, stop - begin);
      const bytes = new Uint8Array(stop - begin);
      bytes.set(head.subarray(begin, stop));
      return bytes;
    },
  };
}

/** One block's names repeated for so many, e.g. `transformer_blocks.0.` also as `transformer_blocks.1.`. */
export function repeated(shapes: Shapes, block: string, count: number): Shapes {
  const first = `${block}.0.`;
  return Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]): [string, number[]][] =>
      name.startsWith(first)
        ? Array.from({ length: count }, (_, i) => [name.replace(first, `${block}.${i}.`), shape])
        : [[name, shape]],
    ),
  );
}

/**
 * A base as its files would be: transformer, tiny decoder, PickScore's model as its reward, and the prompts "a" and "" of so
 * many tokens encoded before.
 * @param layers of the reward's towers, where not as many as they have
 */
export function wholeBase(
  name: 'FLUX.1-dev' | 'FLUX.2-klein-4B',
  [double, single]: readonly [number, number],
  tokens: number,
  layers?: number,
): FileSource {
  const { class: className, config, diffusers } = readJson(`${GOLDEN}/shapes.json`)[name];
  const parts = readJson(`${GOLDEN}/parts.json`);
  const isFlux2 = className === 'Flux2Transformer2DModel';
  const vae = parts[isFlux2 ? 'TAEF2' : 'TAEF1'];
  const { config: clip, shapes: ofTowers } = parts['CLIP ViT-H'];
  // Its tokeniser is a small one's.
  clip.text_config.eos_token_id = readJson('tools/reference/golden/clip/hf/config.json').text_config.eos_token_id;
  for (const of of [clip.vision_config, clip.text_config]) of.num_hidden_layers = layers ?? of.num_hidden_layers;
  const transformer = repeated(repeated(diffusers, 'transformer_blocks', double), 'single_transformer_blocks', single);
  const towers = repeated(
    repeated(ofTowers, 'vision_model.encoder.layers', clip.vision_config.num_hidden_layers),
    'text_model.encoder.layers',
    clip.text_config.num_hidden_layers,
  );
  const weights = new Map([
    ['transformer/diffusion_pytorch_model.safetensors', zerosFile(transformer)],
    ['vae/diffusion_pytorch_model.safetensors', zerosFile(vae.shapes)],
    ['rewards/pickscore/model.safetensors', zerosFile(towers)],
  ]);
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const width = config.joint_attention_dim;
  const prompts = ['a', ''];
  const pooled = config.pooled_projection_dim;
  const embeddings = prompts.flatMap((_, i) => [
    { name: `tokens.${i}`, shape: [tokens, width], data: new Float32Array(tokens * width) },
    ...(pooled ? [{ name: `pooled.${i}`, shape: [pooled], data: new Float32Array(pooled) }] : []),
  ]);
  const of = dirSource(isFlux2 ? 'tools/reference/bundles/klein' : 'public/bundles/nano');
  const clipFolder = dirSource('tools/reference/golden/clip/hf');
  const small = memorySource(name, {
    'transformer/config.json': json({
      ...config,
      _class_name: className,
      num_layers: double,
      num_single_layers: single,
    }),
    'vae/config.json': json({ ...vae.config, _class_name: 'AutoencoderTiny' }),
    'rewards/pickscore/config.json': json(clip),
    'rewards/pickscore/preprocessor_config.json': json({
      size: { shortest_edge: 224 },
      crop_size: { height: 224, width: 224 },
      resample: 3,
      do_center_crop: true,
    }),
    'embeddings.safetensors': writeSafetensors(embeddings, { prompts: JSON.stringify(prompts) }),
  });
  const elsewhere = (path: string): [FileSource, string] =>
    path.startsWith('scheduler/')
      ? [of, path]
      : path === 'rewards/pickscore/tokenizer.json'
        ? [clipFolder, 'tokenizer.json']
        : [small, path];
  return {
    describe: name,
    async size(path) {
      const [source, there] = elsewhere(path);
      return weights.get(path)?.size ?? source.size(there);
    },
    list: async (folder) => [...pathsBelow(folder, weights.keys()), ...(await small.list(folder))].sort(),
    async read(path, begin = 0, end) {
      const file = weights.get(path);
      if (file) return file.read(begin, end ?? file.size);
      const [source, there] = elsewhere(path);
      return source.read(there, begin, end);
    },
  };
}
