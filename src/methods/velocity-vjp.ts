/**
 * @file Building block: what a gradient at a velocity does to the LoRA, and to the point it was evaluated at.
 *
 *     v = model(x, σ);  given u = dL/dv:  dL/dθ += (∂v/∂θ)ᵀ·u,  dL/dx = (∂v/∂x)ᵀ·u
 *
 * Forward and backward of one call at a time, so memory does not grow with the number of calls: FlowBP's steps are
 * independent, DRaFT's follow one another backwards along the chain.
 */

import type { Executable } from '../graph/executable';
import type { Bench } from './bench';
import { atLevel } from './velocity';

export class VelocityVjp {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
    private readonly intoX: boolean,
  ) {}

  /** @param rows rows of every run  @param intoX also compute dL/dx */
  static async open(bench: Bench, { rows, intoX }: { rows: number; intoX: boolean }): Promise<VelocityVjp> {
    const x = bench.latents('x', rows);
    const v = bench.velocity(x);
    const program = await bench.compileGradient({ v }, v, bench.latents('upstream', rows), intoX ? { dx: x } : {});
    return new VelocityVjp(bench, program, intoX);
  }

  /**
   * Adds the LoRA gradient of one call to the update's.
   * @param prompts one a row
   * @param sigma the level of all rows
   * @param x, upstream [rows, ...latentShape]; upstream is dL/dv
   * @returns v, and dL/dx where it was asked for
   */
  async run(
    prompts: readonly string[],
    sigma: number,
    x: Float32Array,
    upstream: Float32Array,
  ): Promise<{ v: Float32Array<ArrayBuffer>; dx: Float32Array<ArrayBuffer> | null }> {
    const { program } = this;
    await this.bench.writeVelocity(program, atLevel(prompts, sigma));
    program.write('x', x);
    program.write('upstream', upstream);
    await program.runAndWait();
    return { v: await program.read('v'), dx: this.intoX ? await program.read('dx') : null };
  }

  destroy(): void {
    this.program.destroy();
  }
}
