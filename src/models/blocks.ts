/**
 * @file The blocks that models are made of, by the origins of their values: what checkpointing keeps the inputs of
 * (compiler/recompute.ts).
 */

/** A transformer's block, a block of the decoder, a layer of a reward's image tower. */
const BLOCK =
  /^[^ ]+?\/(?:(?:single_)?transformer_blocks\.\d+|decoder\.layers\.\d+|vision_model\.encoder\.layers\.\d+)(?![^.])/;

/** The block that a value of the forward pass was traced in; null outside of any. */
export const blockOf = (origin: string): string | null => BLOCK.exec(origin)?.[0] ?? null;
