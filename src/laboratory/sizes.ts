/** @file Numbers that page and engine of the laboratory share. */

/** Points that are drawn, always from the same noise. */
export const SAMPLES = 192;
/** AdamW's, where none is chosen. */
export const LEARNING_RATE = 0.003;
