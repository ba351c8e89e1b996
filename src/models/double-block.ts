/**
 * @file The double-stream block that FLUX.1 and FLUX.2 share: text and image have weights of their own and attend to each
 * other.
 */
import { named, type Value } from '../graph/graph';
import { attention } from '../ops/attention';
import { concat } from '../ops/concat';
import { gatedAdd } from '../ops/gated-add';
import { modulatedNorm } from '../ops/modulated-norm';
import { reshape } from '../ops/reshape';
import { rmsNorm } from '../ops/rms-norm';
import { rope } from '../ops/rope';
import { slice } from '../ops/slice';
import type { NamedInput } from './linear';
import type { WeightScope } from './weights';

/** What a transformer's blocks have in common. */
export interface BlockParts {
  weights: WeightScope;
  heads: number;
  headDim: number;
  eps: number;
  /** RoPE's tables of all tokens, those of the text first. */
  positions: { cos: Value; sin: Value };
  /** Linears of one size by their names, each of its input, with bias and LoRA where they have them. */
  alike(of: readonly NamedInput[], out: number): Value[];
}

/**
 * Projected tokens [B, S, heads·D] as heads [B, S, H, D]; query and key with an RMS norm per head.
 * @param norm of the attention `attn`, or null
 */
export function headsOf(
  { weights, heads, headDim, eps }: BlockParts,
  x: Value,
  attn: string,
  norm: string | null,
): Value {
  const split = reshape(x, [x.shape[0], x.shape[1], heads, headDim]);
  if (norm === null) return split;
  const weight = weights.value(`${attn}.${norm}.weight`, [headDim]);
  return rmsNorm(split, weights.near(weight, `${attn}.norms`), eps);
}

/** Shift, scale and gate of the attention, then those of the MLP, each [B, heads·D]. */
export type Modulation = readonly Value[];

/**
 * @param streams image tokens and text tokens, [B, S, heads·D] each, with their modulations
 * @param feedForward the MLPs of those names
 * @returns both streams
 */
export function doubleBlock(
  parts: BlockParts,
  name: string,
  streams: { image: Value; text: Value; ofImage: Modulation; ofText: Modulation },
  feedForward: (of: readonly NamedInput[]) => Value[],
): [encoder: Value, hidden: Value] {
  const { alike, eps, positions } = parts;
  const { image, text } = streams;
  const dim = parts.heads * parts.headDim;
  const [textTokens, imageTokens] = [text.shape[1], image.shape[1]];
  const [shiftA, scaleA, gateA, shiftM, scaleM, gateM] = streams.ofImage;
  const [cShiftA, cScaleA, cGateA, cShiftM, cScaleM, cGateM] = streams.ofText;
  const attn = `${name}.attn`;
  const projections = (names: string[], tokens: Value) =>
    alike(
      names.map((each) => [`${attn}.${each}`, tokens]),
      dim,
    );
  const both = (ofText: Value, textNorm: string | null, ofImage: Value, imageNorm: string | null): Value =>
    concat([headsOf(parts, ofText, attn, textNorm), headsOf(parts, ofImage, attn, imageNorm)], 1);

  // Text and image side by side: what is done to both alike is one dispatch.
  const context = modulatedNorm(text, cScaleA, cShiftA, eps);
  const normed = modulatedNorm(image, scaleA, shiftA, eps);
  const [textQ, textK, textV] = projections(['add_q_proj', 'add_k_proj', 'add_v_proj'], context);
  const [imageQ, imageK, imageV] = projections(['to_q', 'to_k', 'to_v'], normed);
  const q = rope(both(textQ, 'norm_added_q', imageQ, 'norm_q'), positions.cos, positions.sin);
  const k = rope(both(textK, 'norm_added_k', imageK, 'norm_k'), positions.cos, positions.sin);
  const out = attention(q, k, both(textV, null, imageV, null));
  const ofTokens = [slice(out, 1, 0, textTokens), slice(out, 1, textTokens, imageTokens)];
  const [textOut, imageOut] = alike(
    [
      [`${attn}.to_add_out`, ofTokens[0]],
      [`${attn}.to_out.0`, ofTokens[1]],
    ],
    dim,
  );
  const newText = gatedAdd(text, cGateA, textOut);
  const newImage = gatedAdd(image, gateA, imageOut);
  const [textMlp, imageMlp] = feedForward([
    [`${name}.ff_context`, modulatedNorm(newText, cScaleM, cShiftM, eps)],
    [`${name}.ff`, modulatedNorm(newImage, scaleM, shiftM, eps)],
  ]);
  const encoder = gatedAdd(newText, cGateM, textMlp);
  const hidden = gatedAdd(newImage, gateM, imageMlp);
  return [named(`block.${name}.encoder`, encoder), named(`block.${name}.hidden`, hidden)];
}
