/** @file Where a bundle's prompts get their text states: from its embeddings file, else from its text encoder. */
import { UserError } from '../errors';
import type { Bundle } from './bundle';
import { EMBEDDINGS } from './embeddings';
import { createTextEncoder, type TextEncoder } from './text-encoder';

/**
 * @param wasmUrl where the browser finds onnxruntime's WebAssembly
 * @throws UserError where tokeniser or text encoder cannot be loaded
 */
export async function openText(bundle: Bundle, wasmUrl?: string): Promise<TextEncoder> {
  const { embeddings, maxTextTokens: maxLength } = bundle;
  if (embeddings) {
    return { maxLength, encode: (prompts) => embeddings.encode(prompts, maxLength), dispose: async () => {} };
  }
  const { source } = bundle;
  const sizes = [await source.size('tokenizer/tokenizer.json'), await source.size('text_encoder/model.onnx')];
  if (sizes.every((size) => size === undefined)) {
    throw new UserError(
      `${source.describe} has neither ${EMBEDDINGS} nor a text encoder (tokenizer/, text_encoder/model.onnx): encode the run's prompts with tools/scale (encode) and put the file there.`,
    );
  }
  return createTextEncoder({
    ...(await bundle.readTextEncoder()),
    maxLength,
    hidden: bundle.transformer.joint_attention_dim,
    wasmUrl,
  });
}

/**
 * Prompts that are to be drawn, and the empty one where guidance compares with it.
 * @throws UserError where they were to be encoded before, and one was not
 */
export function requireTexts(
  { embeddings, transformer }: Pick<Bundle, 'embeddings' | 'transformer'>,
  prompts: readonly string[],
): void {
  embeddings?.require(transformer.guidance_embeds ? prompts : [...prompts, '']);
}
