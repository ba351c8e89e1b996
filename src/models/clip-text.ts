/**
 * @file CLIP's text tower: tokens looked up on the host, causal layers, the state at the end of the text as its embedding.
 * No gradient is asked of it.
 */
import { UserError } from '../errors';
import { toFloat32 } from '../formats/dtypes';
import { type FileSource, nameIn, readJson, readText } from '../formats/file-source';
import { linesOf } from '../formats/utf8';
import { input, type Value, within } from '../graph/graph';
import { add } from '../ops/add';
import { causalAttention } from '../ops/causal-attention';
import { l2Normalize } from '../ops/l2-normalize';
import { reshape } from '../ops/reshape';
import { unpack } from '../ops/unpack';
import type { ClipConfig, ClipTextConfig } from './clip-config';
import { clipLayers, clipNorm } from './clip-layers';
import { Linears } from './linear';
import { createTokenizer, tokenize } from './text-encoder';
import type { WeightScope } from './weights';

const TOKENS = 'text_model.embeddings.token_embedding.weight';

/** A text as the tower takes it. */
export interface ClipText {
  /** Embeddings of its tokens [T, hidden_size], zeros after the last. */
  tokens: Float32Array<ArrayBuffer>;
  /** The token whose state is the text's. */
  end: number;
  /** Says where the text was cut, if it was. */
  warning?: string;
}

/**
 * Features [T, projection], L2-normalised: row i as if the text ended with token i, which later ones do not change.
 * Declares the input `tokens` [1, T, hidden_size].
 */
export function clipTextFeatures({ text, projection }: ClipConfig, weights: WeightScope): Value {
  return within(weights.model, () => {
    const { hidden_size: dim, max_position_embeddings: length } = text;
    const positions = unpack(weights.value('text_model.embeddings.position_embedding.weight', [length, dim]));
    const x = add(input('tokens', [1, length, dim]), positions);
    const layers = clipLayers(text, weights, 'text_model', x, causalAttention);
    const states = reshape(clipNorm(text, weights, 'text_model.final_layer_norm', layers), [length, dim]);
    return l2Normalize(new Linears(weights).apply('text_projection', states, projection, { bias: false }));
  });
}

/** Reads texts for a tower. */
export type ClipTextReader = (text: string) => Promise<ClipText>;

/**
 * @param folder of tokenizer.json, or vocab.json and merges.txt; a path in the source, '' for the source itself
 * @throws UserError where they are missing or wrong, or the table of tokens is
 */
export async function openClipText(
  { text: config }: ClipConfig,
  weights: WeightScope,
  source: FileSource,
  folder: string,
): Promise<ClipTextReader> {
  const { json, file } = await readTokenizer(source, folder === '' ? '' : `${folder}/`);
  const tokenizer = createTokenizer(json, {}, file);
  const { hidden_size: dim, max_position_embeddings: length, vocab_size } = config;
  // Declared for its check alone: the rows of a text's tokens are read when it comes.
  weights.value(TOKENS, [vocab_size, dim]);
  return async (text) => {
    const { ids, warning } = tokenize(tokenizer, text, length, file);
    const end = endOf(ids, config, file);
    const tokens = new Float32Array(length * dim);
    for (const [i, id] of ids.slice(0, end + 1).entries()) {
      if (id >= vocab_size) {
        throw new UserError(`${file} gives token ${id}, expected one below ${vocab_size}: the model's "vocab_size".`);
      }
      const { bytes, dtype } = await weights.tensors.read(TOKENS, [id, id + 1]);
      tokens.set(toFloat32(bytes, dtype), i * dim);
    }
    return { tokens, end, ...(warning !== undefined && { warning }) };
  };
}

/**
 * Where a text ends: at the first token of `eos_token_id`; where that is 2, which older files say wrongly, at the first of
 * the greatest id.
 */
export function endOf(
  ids: readonly number[],
  { eos_token_id: eos }: Pick<ClipTextConfig, 'eos_token_id'>,
  file: string,
) {
  if (eos === 2) return ids.indexOf(Math.max(...ids));
  const end = ids.indexOf(eos);
  if (end === -1) {
    throw new UserError(`${file} ends no text with token ${eos}, expected the model's "eos_token_id".`);
  }
  return end;
}

/** tokenizer.json, or what it would hold for vocab.json and merges.txt of CLIP. */
async function readTokenizer(source: FileSource, at: string): Promise<{ json: unknown; file: string }> {
  const [whole, vocabulary, merges] = ['tokenizer.json', 'vocab.json', 'merges.txt'].map((name) => `${at}${name}`);
  const has = async (path: string) => (await source.size(path)) !== undefined;
  if (await has(whole)) return { json: await readJson(source, whole), file: nameIn(source.describe, whole) };
  if (!(await has(vocabulary)) || !(await has(merges))) {
    throw new UserError(
      `${nameIn(source.describe, whole)} is missing, expected it, or vocab.json and merges.txt, beside the weights: those of any CLIP model of OpenAI's vocabulary.`,
    );
  }
  const file = nameIn(source.describe, vocabulary);
  const vocab = await readJson(source, vocabulary);
  const pairs = linesOf(await readText(source, merges)).filter((line) => !line.startsWith('#version'));
  return { json: clipTokenizer(vocab, pairs, file), file };
}

const [BEGIN, END] = ['<|startoftext|>', '<|endoftext|>'];

/** What transformers' `CLIPTokenizer` makes of a vocabulary and its merges, as tokenizer.json holds it. */
function clipTokenizer(vocab: unknown, merges: string[], file: string): unknown {
  const ids = [BEGIN, END].map((token) => (vocab as Record<string, unknown> | null)?.[token]);
  if (!ids.every((id) => Number.isSafeInteger(id))) {
    throw new UserError(`${file} has no ${BEGIN} and ${END}, expected the vocabulary of a CLIP model.`);
  }
  const special = (content: string, id: unknown) => ({
    ...{ id, content, special: true, normalized: false },
    ...{ single_word: false, lstrip: false, rstrip: false },
  });
  return {
    version: '1.0',
    added_tokens: [special(BEGIN, ids[0]), special(END, ids[1])],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex:
              "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
          },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      ...{ type: 'RobertaProcessing', trim_offsets: false, add_prefix_space: false },
      ...{ sep: [END, ids[1]], cls: [BEGIN, ids[0]] },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: END, continuing_subword_prefix: '', end_of_word_suffix: '</w>' },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges },
    },
  };
}
