/**
 * @file Building block: rewards of finished pictures without a gradient, and the advantage of each within its group.
 *
 *     A = Σ_rewards share · clip((R − mean)/(std + 1e-4), ±5)
 *
 * mean and std (divisor n) of each reward over the pictures of one prompt (GRPO, arXiv 2402.03300; each reward by itself as
 * in MixGRPO, arXiv 2507.21802).
 */
import type { Vote } from '../formats/person';
import type { Executable } from '../graph/executable';
import type { Bench } from './bench';
import { type RewardForm, type RewardWords, rewardRow } from './reward-form';

const MOST = 5;

/** The values of each group that count, with their places, mean and standard deviation of divisor n. */
function groupsOf(values: ArrayLike<number | null>, group: number) {
  return Array.from({ length: values.length / group }, (_, g) => {
    const counted = Array.from({ length: group }, (_, i) => ({
      at: g * group + i,
      value: values[g * group + i],
    })).filter((entry): entry is { at: number; value: number } => entry.value !== null);
    const mean = counted.reduce((sum, { value }) => sum + value, 0) / counted.length;
    const deviation = Math.sqrt(counted.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / counted.length);
    return { counted, mean, deviation };
  });
}

/**
 * Advantages of one reward's values, in groups of `group` that follow one another. Equal values have exactly 0, and so has
 * one that does not count (null).
 */
export function advantagesOf(values: ArrayLike<number | null>, group: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(values.length);
  for (const { counted, mean, deviation } of groupsOf(values, group)) {
    if (counted.every(({ value }) => value === counted[0].value)) continue;
    for (const { at, value } of counted) {
      out[at] = Math.max(-MOST, Math.min(MOST, (value - mean) / (deviation + 1e-4)));
    }
  }
  return out;
}

/** Mean over the groups of the standard deviation within each: where it is 0 there is nothing to learn from. */
export function spreadOf(values: ArrayLike<number | null>, group: number): number {
  const groups = groupsOf(values, group);
  return groups.reduce((sum, { counted, deviation }) => sum + (counted.length ? deviation : 0), 0) / groups.length;
}

export interface Judged {
  /** The weighted mean of the rewards, [n]. */
  reward: Float32Array<ArrayBuffer>;
  /** [n] */
  advantage: Float32Array<ArrayBuffer>;
  /** Of `reward`, as `spreadOf` has it. */
  spread: number;
}

/** The reward of votes is the vote, and of a picture that was skipped ½. */
export function judgedBy(votes: readonly Vote[], group: number): Judged {
  return {
    reward: Float32Array.from(votes, (vote) => vote ?? 0.5),
    advantage: Float32Array.from(advantagesOf(votes, group)),
    spread: spreadOf(votes, group),
  };
}

export class GroupReward {
  private constructor(
    private readonly bench: Bench,
    /** null where a person votes. */
    private readonly program: Executable | null,
    private readonly shares: ReadonlyMap<string, number>,
    private readonly form: RewardForm,
    private readonly group: number,
  ) {}

  static async open(bench: Bench, { form, group }: { form: RewardForm; group: number }): Promise<GroupReward> {
    if (bench.ask) return new GroupReward(bench, null, new Map(), form, group);
    const { reward, parts, shares } = bench.score(bench.picture(bench.latents('x0', bench.pictures)));
    const named = [...parts].map(([name, value]) => [`reward ${name}`, value]);
    const program = await bench.compile({ ...Object.fromEntries(named), reward });
    return new GroupReward(bench, program, shares, form, group);
  }

  /** @param x0 clean latents [n, ...latentShape] */
  async run(prompts: readonly string[], words: RewardWords, x0: Float32Array<ArrayBuffer>): Promise<Judged> {
    const { bench, program, group } = this;
    if (!program) return judgedBy(await bench.ask!(x0, prompts), group);
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
    this.program?.destroy();
  }
}
