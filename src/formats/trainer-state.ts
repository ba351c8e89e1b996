/**
 * @file Everything that a bit-equal resume needs on the same graphics adapter: what a snapshot holds, in a run's folder
 * and in the page's storage.
 */
import * as z from 'zod/mini';
import { integer } from './schema';

const text = z.string({ error: 'text' });
const words = z.array(text, { error: 'a list of texts' });
const floats = z.custom<Float32Array<ArrayBuffer>>((value) => value instanceof Float32Array, { error: 'numbers' });

/** The part that is written as JSON. */
export const progressSchema = z.object({
  /** Updates done. */
  step: integer(0, 1e9),
  /** State of the updates' random stream. */
  rngState: z
    .string({ error: 'a random state' })
    .check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){3}$/, { error: 'a random state' })),
  /** The kernel variants that computed it. */
  kernelVariants: z.record(z.string(), text),
  /** The control words in use, which may have been changed while training. */
  positive: words,
  negative: words,
  /** Fingerprint of the pictures that the run trains from, where it does. */
  pictures: z.optional(text),
});

/** The LoRA's flat buffer and both moments, of one length; where the method keeps an old LoRA, that too. */
export const numbersSchema = z.object({
  parameters: floats,
  firstMoment: floats,
  secondMoment: floats,
  old: z.optional(floats),
});

export type TrainerState = z.output<typeof progressSchema> & z.output<typeof numbersSchema>;
