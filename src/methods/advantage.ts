/**
 * @file Building block: rewards of finished pictures without a gradient, and the advantage of each within its group.
 *
 *     A = Σ_rewards share · clip((R − mean)/(std + 1e-4), ±5)
 *
 * mean and std (divisor n) of each reward over the pictures of one prompt (GRPO, arXiv 2402.03300; each reward by itself as
 * in MixGRPO, arXiv 2507.21802).
 */
import type { Executable } from '../graph/executable';
import type { Bench } from './bench';
import { type RewardForm, type RewardWords, rewardRow } from './reward-form';

const MOST = 5;

/** Advantages of one reward's values, in groups of `group` that follow one another. Equal values have exactly 0. */
export function advantagesOf(values: ArrayLike<number>, group: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(values.length);
  for (let first = 0; first < out.length; first += group) {
    const part = Array.from({ length: group }, (_, i) => values[first + i]);
    if (part.every((v) => v === part[0])) continue;
    const mean = part.reduce((sum, v) => sum + v, 0) / group;
    const deviation = Math.sqrt(part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / group);
    part.forEach((v, i) => {
      out[first + i] = Math.max(-MOST, Math.min(MOST, (v - mean) / (deviation + 1e-4)));
    });
  }
  return out;
}

/** Mean over the groups of the standard deviation within each: where it is 0 there is nothing to learn from. */
export function spreadOf(values: ArrayLike<number>, group: number): number {
  let sum = 0;
  for (let first = 0; first < values.length; first += group) {
    const part = Array.from({ length: group }, (_, i) => values[first + i]);
    const mean = part.reduce((total, v) => total + v, 0) / group;
    sum += Math.sqrt(part.reduce((total, v) => total + (v - mean) ** 2, 0) / group);
  }
  return sum / (values.length / group);
}

export interface Judged {
  /** The weighted mean of the rewards, [n]. */
  reward: Float32Array<ArrayBuffer>;
  /** [n] */
  advantage: Float32Array<ArrayBuffer>;
  /** Of `reward`, as `spreadOf` has it. */
  spread: number;
}

export class GroupReward {
  private constructor(
    private readonly bench: Bench,
    private readonly program: Executable,
    private readonly shares: ReadonlyMap<string, number>,
    private readonly form: RewardForm,
    private readonly group: number,
  ) {}

  static async open(bench: Bench, { form, group }: { form: RewardForm; group: number }): Promise<GroupReward> {
    const { reward, parts, shares } = bench.score(bench.picture(bench.latents('x0', bench.pictures)));
    const named = [...parts].map(([name, value]) => [`reward ${name}`, value]);
    const program = await bench.compile({ ...Object.fromEntries(named), reward });
    return new GroupReward(bench, program, shares, form, group);
  }

  /** @param x0 clean latents [n, ...latentShape] */
  async run(prompts: readonly string[], words: RewardWords, x0: Float32Array): Promise<Judged> {
    const { bench, program, group } = this;
    await bench.writeReward(
      program,
      prompts.map((prompt) => rewardRow(this.form, prompt, words)),
    );
    program.write('x0', x0);
    await program.runAndWait();
    const advantage = new Float32Array(prompts.length);
    for (const [name, share] of this.shares) {
      advantagesOf(await program.read(`reward ${name}`), group).forEach((a, i) => {
        advantage[i] += share * a;
      });
    }
    const reward = await program.read('reward');
    return { reward, advantage, spread: spreadOf(reward, group) };
  }

  destroy(): void {
    this.program.destroy();
  }
}
