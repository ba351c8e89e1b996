/**
 * @file Building block: reward of finished pictures and its gradient with respect to their latents.
 *
 *     r = reward(decode(x0));  L = mean over rows of max(0, margin − r);  dL/dx0
 *
 * The transformer is not in it: FlowBP and DRaFT carry dL/dx0 on to their velocity calls.
 */

import type { Executable } from '../graph/executable';
import { constant, type Value } from '../graph/graph';
import { hinge } from '../ops/hinge';
import type { Bench, NamedTensor } from './bench';
import type { RewardRow } from './reward-form';

export interface ScoredPictures {
  /** [n] */
  reward: Float32Array<ArrayBuffer>;
  loss: number;
  /** dL/dx0 [n, ...latentShape] */
  gradient: Float32Array<ArrayBuffer>;
}

export class PictureGradient {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
  ) {}

  /** @param inspect also keep pictures and features */
  static async open(bench: Bench, { margin, inspect }: { margin: number; inspect: boolean }): Promise<PictureGradient> {
    const n = bench.pictures;
    const x0 = bench.latents('x0', n);
    const picture = bench.picture(x0);
    const { reward, features } = bench.score(picture);
    const loss = hinge(reward, margin);
    const outputs: Record<string, Value> = { reward, loss };
    if (inspect) Object.assign(outputs, { picture, features: features.get(bench.firstTower)! });
    const seed = constant('loss weight', new Float32Array(n).fill(1 / n), [n]);
    return new PictureGradient(bench, await bench.compileGradient(outputs, loss, seed, { gradient: x0 }));
  }

  /** @param x0 [n, ...latentShape] */
  async run(rows: readonly RewardRow[], x0: Float32Array): Promise<ScoredPictures> {
    const { program } = this;
    await this.bench.writeReward(program, rows);
    program.write('x0', x0);
    await program.runAndWait();
    const hinges = await program.read('loss');
    return {
      reward: await program.read('reward'),
      loss: hinges.reduce((sum, l) => sum + l, 0) / hinges.length,
      gradient: await program.read('gradient'),
    };
  }

  /** `image` and `image_features` of the last run, of an inspected step. */
  async tensors(): Promise<NamedTensor[]> {
    const n = this.bench.pictures;
    const features = await this.program.read('features');
    return [
      this.bench.pictureTensor('image', await this.program.read('picture')),
      { name: 'image_features', shape: [n, features.length / n], data: features },
    ];
  }

  destroy(): void {
    this.program.destroy();
  }
}
