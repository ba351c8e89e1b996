/**
 * @file Building block: rewards of pictures that one velocity call away can be seen, and their gradient.
 *
 *     x   = i₀·ε + i₁·x0           the point the velocity is evaluated at
 *     x̂0  = a·x + b·v + c·ε        what the reward sees, so dL/dv = b·dL/dx̂0
 *     L   = Σ_rows weight · max(0, margin − r)
 *
 * Direct-Align: (i₀, i₁) = (σ_s, 1−σ_s) and the recovery in closed form; ReFL and the last step of DRaFT: (0, 1) at a
 * stored x_i and x̂0 = x − σ·v. Every row has its own coefficients, so branches and copies are rows of one batch.
 */
import type { Executable } from '../graph/executable';
import { constant, input, type Value } from '../graph/graph';
import { hinge } from '../ops/hinge';
import { rowCombine } from '../ops/row-combine';
import type { Bench, LoraUse } from './bench';
import type { RewardRow } from './reward-form';
import { concatFloats } from './rows';

/** One row: its conditioning, its coefficients and what its reward is. */
export interface OneCallRow {
  prompt: string;
  /** Level of the velocity call. */
  sigma: number;
  /** Coefficients of (ε, x0) in x. */
  injection: readonly number[];
  /** Coefficients of (x, v, ε) in x̂0. */
  recovery: readonly number[];
  /** Coefficients of (x, v) in the point after one step; only inspected steps compute it. */
  step?: readonly number[];
  reward: RewardRow;
}

/** The values of a traced call, over all rows. */
export interface OneCallGraph {
  x: Value;
  v: Value;
  /** The point after one step. */
  stepped: Value;
  x0Hat: Value;
  /** Clamped pictures. */
  picture: Value;
}

/**
 * Traces the call for `rows` rows. Inputs: `noise` and `x0` [rows, ...latentShape], `injection` [rows, 2],
 * `recovery` [rows, 3], `step` [rows, 2], and the velocity's conditioning.
 */
export function oneCall(bench: Bench, rows: number, options: { lora?: LoraUse } = {}): OneCallGraph {
  const noise = bench.latents('noise', rows);
  const x = rowCombine(input('injection', [rows, 2]), [noise, bench.latents('x0', rows)]);
  const v = bench.velocity(x, { lora: options.lora });
  const stepped = rowCombine(input('step', [rows, 2]), [x, v]);
  const x0Hat = rowCombine(input('recovery', [rows, 3]), [x, v, noise]);
  return { x, v, stepped, x0Hat, picture: bench.picture(x0Hat) };
}

/** Writes the coefficients and the conditioning of a traced call. */
export async function writeOneCall(
  bench: Bench,
  to: Executable,
  rows: readonly Pick<OneCallRow, 'prompt' | 'sigma' | 'injection' | 'recovery' | 'step'>[],
): Promise<void> {
  await bench.writeVelocity(to, rows);
  to.write('injection', concatFloats(rows.map((row) => row.injection)));
  to.write('recovery', concatFloats(rows.map((row) => row.recovery)));
  if (to.has('step')) to.write('step', concatFloats(rows.map((row) => row.step!)));
}

export class OneCallStep {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
  ) {}

  /**
   * @param rows rows of every run
   * @param weight of each row's hinge in the loss
   * @param inspect also keep x, v, the point after one step, pictures and features
   */
  static async open(
    bench: Bench,
    { rows, weight, margin, inspect }: { rows: number; weight: number; margin: number; inspect: boolean },
  ): Promise<OneCallStep> {
    const graph = oneCall(bench, rows);
    const { reward, features } = bench.score(graph.picture);
    const loss = hinge(reward, margin);
    const seed = constant('loss weight', new Float32Array(rows).fill(weight), [rows]);
    const outputs: Record<string, Value> = { reward, loss, x0Hat: graph.x0Hat };
    if (inspect) {
      Object.assign(outputs, { x: graph.x, v: graph.v, stepped: graph.stepped });
      Object.assign(outputs, { picture: graph.picture, features: features.get(bench.firstTower)! });
    }
    return new OneCallStep(bench, await bench.compileGradient(outputs, loss, seed));
  }

  /**
   * Computes every row and adds the LoRA gradient to the update's.
   * @param noise, x0 [rows, ...latentShape]
   * @returns reward and hinge of each row, before its weight
   */
  async run(
    rows: readonly OneCallRow[],
    noise: Float32Array,
    x0: Float32Array,
  ): Promise<{ reward: Float32Array<ArrayBuffer>; hinge: Float32Array<ArrayBuffer> }> {
    const { bench, program } = this;
    await writeOneCall(bench, program, rows);
    await bench.writeReward(
      program,
      rows.map((row) => row.reward),
    );
    program.write('noise', noise);
    program.write('x0', x0);
    await program.runAndWait();
    return { reward: await program.read('reward'), hinge: await program.read('loss') };
  }

  /** What was kept of the last run, over all rows: x̂0, and of an inspected step the rest. */
  read(name: 'x' | 'v' | 'stepped' | 'x0Hat' | 'picture' | 'features'): Promise<Float32Array<ArrayBuffer>> {
    return this.program.read(name);
  }

  destroy(): void {
    this.program.destroy();
  }
}
