/**
 * @file An embeddings file: prompts that were encoded elsewhere, in place of a text encoder. `.safetensors` with `tokens.I`
 * [L, width] and, where the model has one, `pooled.I` [width] of prompt I; metadata `prompts`: the prompts in that order, as
 * JSON. `python -m direct_align_scale encode` (tools/scale) writes it.
 */
import { UserError } from '../errors';
import { isReadableFloat } from '../formats/dtypes';
import { type FileSource, nameIn } from '../formats/file-source';
import { parseJson } from '../formats/json';
import { readSafetensorsHeader } from '../formats/safetensors';
import { stored, tensorSet } from '../formats/tensor-set';
import { quoted, showList, shown, showValue } from '../shown';
import type { EncodedText } from './text-encoder';

export const EMBEDDINGS = 'embeddings.safetensors';

export interface Embeddings {
  /** In the file's order, none twice. */
  prompts: readonly string[];
  /** Tokens of the longest. */
  length: number;
  /** Numbers of a token, and of a pooled embedding; 0 where there are none of those. */
  width: number;
  pooled: number;
  /** @throws UserError naming the first of these that is not in the file, and what there is */
  require(prompts: readonly string[]): void;
  /**
   * Text states of prompts; one shorter than `length` ends in rows of zeros, one longer loses its last rows, with a warning.
   * Each is read when it is asked for.
   * @param length rows of a prompt
   * @throws UserError naming a prompt that is not in the file, and what there is
   */
  encode(prompts: readonly string[], length: number): Promise<EncodedText>;
}

/** Prompts of one file. */
const MAX_PROMPTS = 100_000;
/** Tokens of one prompt, as bundle.json may have. */
const MAX_TOKENS = 4096;

/**
 * Opens the bundle's embeddings file; reads its header.
 * @returns null where there is none
 * @throws UserError for a damaged file, and tensors that are missing or do not fit one another
 */
export async function openEmbeddings(source: FileSource, path = EMBEDDINGS): Promise<Embeddings | null> {
  if ((await source.size(path)) === undefined) return null;
  const name = nameIn(source.describe, path);
  const header = await readSafetensorsHeader(source, path);
  const prompts = promptsOf(header.metadata.prompts, name);
  const info = new Map(header.tensors.map((tensor) => [tensor.name, stored(tensor, path)]));
  const shapeOf = (tensor: string, sizes: number): number[] => {
    const found = info.get(tensor);
    if (!found) throw new UserError(`${name} has no tensor ${tensor}, of one of its ${prompts.length} prompts.`);
    const { shape, dtype } = found;
    if (shape.length !== sizes || shape.some((size) => size < 1) || !isReadableFloat(dtype)) {
      const expected = sizes === 2 ? '[tokens, width]' : '[width]';
      throw new UserError(`${name}: tensor ${tensor} is ${dtype} ${showValue(shape)}, expected F16 ${expected}.`);
    }
    return shape;
  };
  const [, width] = shapeOf('tokens.0', 2);
  const pooled = info.has('pooled.0') ? shapeOf('pooled.0', 1)[0] : 0;
  let length = 0;
  for (let i = 0; i < prompts.length; i++) {
    const [rows, columns] = shapeOf(`tokens.${i}`, 2);
    if (columns !== width || (pooled > 0 && shapeOf(`pooled.${i}`, 1)[0] !== pooled)) {
      throw new UserError(`${name}: the widths of prompt ${i} are not those of prompt 0, expected the same for all.`);
    }
    length = Math.max(length, rows);
  }
  if (length > MAX_TOKENS)
    throw new UserError(`${name} has a prompt of ${length} tokens, expected ${MAX_TOKENS} at most.`);

  const tensors = tensorSet(source, { name: path, info, metadata: header.metadata, files: [path] });
  const numbers = new Map(prompts.map((prompt, i) => [prompt, i]));
  const indexOf = (prompt: string): number => {
    const index = numbers.get(prompt);
    if (index === undefined) throw notEncoded(prompt, prompts, name);
    return index;
  };
  return {
    ...{ prompts, length, width, pooled },
    require: (asked) => asked.forEach(indexOf),
    encode: async (asked, rows) => {
      const out: EncodedText = {
        tokens: new Float32Array(asked.length * rows * width),
        pooled: new Float32Array(asked.length * pooled),
        ...{ hidden: width, warnings: [] },
      };
      for (const [n, prompt] of asked.entries()) {
        const index = indexOf(prompt);
        const { data } = await tensors.readFloat32(`tokens.${index}`);
        out.tokens.set(data.subarray(0, rows * width), n * rows * width);
        // A row of zeros is padding.
        if (data.subarray(rows * width).some((number) => number !== 0))
          out.warnings.push(`Prompt cut to ${rows} tokens: ${quoted(prompt, 60)}.`);
        if (pooled > 0) out.pooled.set((await tensors.readFloat32(`pooled.${index}`)).data, n * pooled);
      }
      return out;
    },
  };
}

function notEncoded(prompt: string, prompts: readonly string[], name: string): UserError {
  const what = prompt === '' ? 'the empty prompt, which guidance compares with' : quoted(prompt, 60);
  const list = showList(
    prompts.map((there) => quoted(there, 36)),
    3,
  );
  return new UserError(
    `${name} has no embedding of ${what}; it has ${list}: use one of these, or encode the run's texts (tools/scale, encode).`,
  );
}

function promptsOf(json: string | undefined, name: string): string[] {
  const wrong = (found: string) =>
    new UserError(`${name}: its metadata "prompts" is ${found}, expected a JSON list of texts, none twice.`);
  if (json === undefined) throw wrong('missing');
  const prompts = parseJson(json, `${name}: its metadata "prompts"`);
  if (!Array.isArray(prompts) || prompts.length === 0 || prompts.length > MAX_PROMPTS) throw wrong(showValue(prompts));
  const seen = new Set<unknown>();
  for (const prompt of prompts) {
    if (typeof prompt !== 'string') throw wrong(`a list with ${showValue(prompt)}`);
    if (seen.has(prompt)) throw wrong(`a list with ${shown(quoted(prompt))} twice`);
    seen.add(prompt);
  }
  return prompts;
}
