/**
 * @file Numbers that are not finite where a picture was drawn: which of base, guidance and LoRA they come from, so that
 * the advice fits the cause.
 */
import { UserError } from '../errors';

/** What makes latents not finite. */
export type Culprit = 'base' | 'guidance' | 'LoRA';

/** Latents that are no picture, NaN or infinite; the message names the cause and what to do. */
export class NotFiniteError extends UserError {
  constructor(
    readonly culprit: Culprit,
    message: string,
  ) {
    super(message);
  }
}

/** @param guidance that was drawn with */
export function notFiniteError(culprit: Culprit, bundle: string, guidance: number): NotFiniteError {
  const sentences: Record<Culprit, string> = {
    LoRA: 'The picture is not finite with the LoRA, and is without it: the LoRA is too strong; lower its strength, or its alpha.',
    guidance: `The picture is not finite at guidance ${guidance}, and is at guidance 1: lower the guidance.`,
    base: `The picture is not finite without any LoRA: weights of bundle ${bundle} are damaged or too large; choose another base.`,
  };
  return new NotFiniteError(culprit, sentences[culprit]);
}

/** Whether no number is NaN or infinite. */
export function allFinite(numbers: Float32Array): boolean {
  // 0 · x is 0 for every finite x and NaN for all others.
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += 0 * numbers[i];
  return sum === 0;
}
