/**
 * @file Building block: a conditional velocity v(x, σ) without a gradient, of any of the LoRAs.
 */
import type { Executable } from '../graph/executable';
import type { Bench, LoraUse, VelocityRow } from './bench';

/** The conditioning of a call whose rows are all at one level. @param prompts one a row */
export const atLevel = (prompts: readonly string[], sigma: number): VelocityRow[] =>
  prompts.map((prompt) => ({ prompt, sigma }));

export class Velocity {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
  ) {}

  static async open(bench: Bench, lora: LoraUse): Promise<Velocity> {
    const v = bench.velocity(bench.latents('x', bench.pictures), { lora });
    return new Velocity(bench, await bench.compile({ v }, lora));
  }

  /** @param prompts one a row @param sigma the level of all rows @param x [n, ...latentShape] */
  async run(prompts: readonly string[], sigma: number, x: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    await this.bench.writeVelocity(this.program, atLevel(prompts, sigma));
    this.program.write('x', x);
    await this.program.runAndWait();
    return this.program.read('v');
  }

  destroy(): void {
    this.program.destroy();
  }
}
