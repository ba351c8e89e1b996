/**
 * @file AdamW on the host, with the gradients' global norm clipped first: the arithmetic of lora/adamw.ts, in double
 * precision.
 */
import type { AdamWStep } from '../lora/adamw';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Float64Array>>;

export class HostAdamW {
  readonly #moments: Record<string, { first: Float64Array; second: Float64Array }>;

  /** @param parameters what is trained, in place */
  constructor(readonly parameters: Tensors) {
    this.#moments = Object.fromEntries(
      Object.entries(parameters).map(([name, { length }]) => [
        name,
        { first: new Float64Array(length), second: new Float64Array(length) },
      ]),
    );
  }

  /**
   * One step.
   * @param gradients by name; a missing one is zero
   * @returns their norm before clipping; where that is not finite nothing has changed
   */
  step(
    gradients: Readonly<Record<string, ArrayLike<number>>>,
    { learningRate, weightDecay, clipNorm, step }: AdamWStep,
  ): number {
    let square = 0;
    for (const part of Object.values(gradients)) for (let i = 0; i < part.length; i++) square += part[i] ** 2;
    const norm = Math.sqrt(square);
    if (!Number.isFinite(norm)) return norm;
    const by = Math.min(1, clipNorm / (norm + 1e-6));
    const [rate, root] = [learningRate / (1 - BETA1 ** step), Math.sqrt(1 - BETA2 ** step)];
    for (const [name, values] of Object.entries(this.parameters)) {
      const { first, second } = this.#moments[name];
      const gradient = gradients[name];
      for (let i = 0; i < values.length; i++) {
        const g = gradient ? gradient[i] * by : 0;
        first[i] = BETA1 * first[i] + (1 - BETA1) * g;
        second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
        values[i] -=
          learningRate * weightDecay * values[i] + (rate * first[i]) / (Math.sqrt(second[i]) / root + EPSILON);
      }
    }
    return norm;
  }
}
