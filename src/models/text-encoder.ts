/**
 * @file The text encoder: a Hugging Face tokeniser and an ONNX transformer run by onnxruntime's WebAssembly provider,
 * which has no gradients and needs none. The same in page, worker and Node.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-web/wasm';
import * as z from 'zod/mini';
import { UserError } from '../errors';
import { integer, parseWith, text } from '../formats/schema';
import { shownAround, showValue } from '../shown';
import { firstLine, openOnnx } from './onnx';

export interface TextEncoderOptions {
  /** Values of tokenizer.json and tokenizer_config.json. */
  tokenizerJson: unknown;
  tokenizerConfig: unknown;
  /** text_encoder/model.onnx: `input_ids`, `attention_mask` (and `token_type_ids`) → `last_hidden_state`. */
  onnx: Uint8Array;
  /** Tokens a prompt is padded or cut to, special tokens included. */
  maxLength: number;
  /** Width that the transformer expects, checked against the encoder's; by default not checked. */
  hidden?: number;
  /** Where the browser finds ort-wasm-simd-threaded.wasm on our own origin; Node finds it by itself. */
  wasmUrl?: string;
}

export interface EncodedText {
  /** [n, maxLength, hidden], rows of padding zero. */
  tokens: Float32Array<ArrayBuffer>;
  /**
   * [n, hidden]: mean over the real tokens (special ones included), L2-normalised. Of an embeddings file the model's own,
   * [n, its width].
   */
  pooled: Float32Array<ArrayBuffer>;
  hidden: number;
  /** One sentence for each prompt that was cut, with a bar where. */
  warnings: string[];
}

export interface TextEncoder {
  maxLength: number;
  /**
   * Encodes prompts one by one, so that a prompt's result never depends on the others.
   *
   * @throws UserError where the encoder's width is not the expected one
   */
  encode(prompts: string[]): Promise<EncodedText>;
  dispose(): Promise<void>;
}

const TOKENIZER = 'tokenizer/tokenizer.json';

/** @throws UserError where the tokeniser or the ONNX file cannot be loaded */
export async function createTextEncoder(options: TextEncoderOptions): Promise<TextEncoder> {
  const { maxLength, hidden: expected } = options;
  const tokenizer = createTokenizer(options.tokenizerJson, options.tokenizerConfig);
  const session = await openOnnx(
    options.onnx,
    'text_encoder/model.onnx',
    ['input_ids', 'attention_mask'],
    options.wasmUrl,
  );
  const padId = paddingId(tokenizer, options);

  const encodeOne = async (ids: number[]) => {
    const input = (value: (position: number) => number) =>
      new ort.Tensor(
        'int64',
        BigInt64Array.from({ length: maxLength }, (_, i) => BigInt(value(i))),
        [1, maxLength],
      );
    const feeds: Record<string, ort.Tensor> = {
      input_ids: input((i) => ids[i] ?? padId),
      attention_mask: input((i) => (i < ids.length ? 1 : 0)),
    };
    if (session.inputNames.includes('token_type_ids')) feeds.token_type_ids = input(() => 0);
    const output = await session.run(feeds).then(
      (outputs) => outputs[session.outputNames[0]],
      (error) => {
        throw new UserError(`text_encoder/model.onnx cannot encode a prompt (${firstLine(error)}).`);
      },
    );
    const { type, dims } = output;
    if (type !== 'float32' || dims.length !== 3 || dims[1] !== maxLength) {
      throw new UserError(
        `text_encoder/model.onnx gives ${type} ${showValue(dims)}, expected float32 [1, ${maxLength}, width].`,
      );
    }
    const states = output.data as Float32Array;
    if (!states.every(Number.isFinite)) {
      throw new UserError('text_encoder/model.onnx gives values that are not finite: the file is damaged.');
    }
    return { states, hidden: dims[2] };
  };

  return {
    maxLength,
    encode: async (prompts) => {
      const warnings: string[] = [];
      let hidden = expected ?? 0;
      let tokens = new Float32Array(0);
      let pooled = new Float32Array(0);
      for (const [n, prompt] of prompts.entries()) {
        const { ids, warning } = tokenize(tokenizer, prompt, maxLength);
        if (warning !== undefined) warnings.push(warning);
        const encoded = await encodeOne(ids);
        if (expected !== undefined && encoded.hidden !== expected) {
          throw new UserError(`text_encoder/model.onnx gives ${encoded.hidden} values a token, expected ${expected}.`);
        }
        if (n === 0) {
          hidden = encoded.hidden;
          tokens = new Float32Array(prompts.length * maxLength * hidden);
          pooled = new Float32Array(prompts.length * hidden);
        }
        const real = encoded.states.subarray(0, ids.length * hidden);
        tokens.set(real, n * maxLength * hidden);
        pooled.set(meanPool(real, hidden), n * hidden);
      }
      return { tokens, pooled, hidden, warnings };
    },
    dispose: () => session.release(),
  };
}

/**
 * Token ids of a prompt with special tokens, at most `maxLength`. A longer prompt loses its last tokens and keeps its
 * special ones, as truncation in Hugging Face's tokenizers does; then `warning` says where it was cut.
 */
export function tokenize(
  tokenizer: Tokenizer,
  prompt: string,
  maxLength: number,
  file = TOKENIZER,
): { ids: number[]; warning?: string } {
  const ids = idsOf(tokenizer, prompt, true, file);
  if (ids.length <= maxLength) return { ids };
  const content = idsOf(tokenizer, prompt, false, file);
  const special = ids.length - content.length;
  if (special < 0 || special > maxLength) {
    throw new UserError(`${file} adds ${special} special tokens to a prompt, expected 0 to ${maxLength}.`);
  }
  let before = 0;
  while (before < special && !content.every((id, i) => ids[before + i] === id)) before++;
  const kept = content.slice(0, maxLength - special);
  const cut = cutPosition(tokenizer, prompt, kept);
  return {
    ids: [...ids.slice(0, before), ...kept, ...ids.slice(before + content.length)],
    warning: `Prompt cut to ${maxLength} tokens at the bar: "${shownAround(prompt, cut, '|')}".`,
  };
}

const tokenId = integer(0, 2 ** 31 - 1);
const tokenizerConfigSchema = z.looseObject({}, { error: 'an object' });
const tokenizerSchema = z.looseObject(
  {
    model: z.looseObject({ type: text('the kind of a tokeniser such as "WordPiece"') }, { error: 'an object' }),
    padding: z.optional(
      z.nullable(z.looseObject({ pad_id: z.optional(tokenId) }, { error: 'null or an object with pad_id' })),
    ),
  },
  { error: 'a tokeniser: an object with "model"' },
);

/**
 * A tokeniser of the values of tokenizer.json and tokenizer_config.json.
 * @param file what to call the first in a sentence
 */
export function createTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown, file = TOKENIZER): Tokenizer {
  parseWith(tokenizerSchema, tokenizerJson, file);
  parseWith(tokenizerConfigSchema, tokenizerConfig, 'tokenizer/tokenizer_config.json');
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(tokenizerJson as object, tokenizerConfig as object);
  } catch {
    // What the library says names its own code, not the file's keys.
    throw new UserError(`${file} cannot be read as a Hugging Face tokeniser: a part of it is missing or unknown.`);
  }
  idsOf(tokenizer, '', true, file);
  return tokenizer;
}

function paddingId(tokenizer: Tokenizer, { tokenizerJson, tokenizerConfig }: TextEncoderOptions): number {
  const { padding } = tokenizerJson as z.output<typeof tokenizerSchema>;
  const { pad_token } = tokenizerConfig as { pad_token?: unknown };
  return padding?.pad_id ?? (typeof pad_token === 'string' ? tokenizer.token_to_id(pad_token) : undefined) ?? 0;
}

/**
 * Token ids of a text, with special tokens or without.
 * @throws UserError where the tokeniser does not give whole numbers
 */
function idsOf(tokenizer: Tokenizer, text: string, add_special_tokens: boolean, file = TOKENIZER): number[] {
  let ids: unknown;
  try {
    ids = tokenizer.encode(text, { add_special_tokens }).ids;
  } catch {
    throw new UserError(`${file} cannot split a text into tokens: a part of it is missing or of a wrong kind.`);
  }
  if (Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id) && id >= 0)) return ids;
  throw new UserError(`${file} gives tokens without a number, expected one for each in its vocabulary.`);
}

/** Index in `prompt` after the text that the first `kept.length` tokens stand for. */
function cutPosition(tokenizer: Tokenizer, prompt: string, kept: number[]): number {
  const fits = (end: number) => idsOf(tokenizer, prompt.slice(0, end), false).length <= kept.length;
  const words = [...prompt.matchAll(/\S+/g)].map((match) => ({
    begin: match.index,
    end: match.index + match[0].length,
  }));
  // Words add tokens one after the other, so the first one that does not fit can be found by halving.
  let low = 0;
  let high = words.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(words[middle].end)) low = middle + 1;
    else high = middle;
  }
  const { begin, end } = words[low];
  // Part of it may fit: to the longest beginning whose tokens are the kept ones.
  let cut = begin;
  for (let stop = begin + 1; stop < Math.min(end, begin + 200); stop++) {
    const ids = idsOf(tokenizer, prompt.slice(0, stop), false);
    if (ids.length === kept.length && ids.every((id, i) => id === kept[i])) cut = stop;
  }
  return cut;
}

/** Mean of rows of `hidden` values, L2-normalised. */
function meanPool(rows: Float32Array, hidden: number): Float64Array {
  const mean = new Float64Array(hidden);
  for (let i = 0; i < rows.length; i++) mean[i % hidden] += rows[i];
  // Zeros stay zeros.
  const norm = Math.hypot(...mean) || 1;
  // The mean's 1/n falls out in the normalisation.
  for (let i = 0; i < hidden; i++) mean[i] /= norm;
  return mean;
}
