/**
 * @file Building block: a conditional velocity v(x, σ) without a gradient, of any of the LoRAs.
 */
import type { Executable } from '../graph/executable';
import type { Bench, LoraUse, VelocityRow } from './bench';

export class Velocity {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
  ) {}

  static async open(bench: Bench, lora: LoraUse): Promise<Velocity> {
    const v = bench.velocity(bench.latents('x', bench.pictures), { lora });
    return new Velocity(bench, await bench.compile({ v }, lora));
  }

  /** @param x [n, ...latentShape] */
  async run(rows: readonly VelocityRow[], x: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    await this.bench.writeVelocity(this.program, rows);
    this.program.write('x', x);
    await this.program.runAndWait();
    return this.program.read('v');
  }

  destroy(): void {
    this.program.destroy();
  }
}
