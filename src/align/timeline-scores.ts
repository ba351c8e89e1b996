/**
 * @file What the run's reward adds and takes away for the pictures of a timeline, apart: f·(1+κ)C₊ and f·C₋ of rewards
 * that read text, the score of those that do not, mixed by their shares.
 */
import type { Compiled } from '../compiler/compiled';
import type { Value } from '../graph/graph';
import { type RewardRow, textOf } from '../methods/reward-form';
import { reshape } from '../ops/reshape';
import type { RewardMixture } from '../rewards/mixture';
import type { Pipeline } from './pipeline';

export interface Score {
  reward: number;
  /** null where the reward form has no unwanted text. */
  penalty: number | null;
}

export class TimelineScores {
  constructor(private readonly rewards: RewardMixture) {}

  /** What is read of the pictures [R, H, W, 3] called `name`. */
  trace(name: string, pictures: Value): Record<string, Value> {
    const { features, parts } = this.rewards.trace(pictures);
    const outputs = Object.fromEntries([...features].map(([tower, f]) => [`${name}.${tower}`, f]));
    for (const { reward } of this.rewards.parts) {
      if (!reward.text) outputs[`${name}.${reward.name}`] = reshape(parts.get(reward.name)!, [pictures.shape[0]]);
    }
    return outputs;
  }

  /** Reads the rows' texts, and writes what rewards without text multiply their score by. */
  async write(program: Compiled, pipeline: Pipeline, rows: readonly RewardRow[]): Promise<void> {
    const inputs = await this.rewards.inputs(rows, (reward, text) => pipeline.features(reward, text));
    for (const [name, data] of Object.entries(inputs)) if (program.has(name)) program.write(name, data);
  }

  /** The scores of the pictures called `name` after a run, one a row. */
  async read(program: Compiled, pipeline: Pipeline, name: string, rows: readonly RewardRow[]): Promise<Score[]> {
    const hasPenalty = rows.some(({ texts }) => texts.some(({ weight }) => weight < 0));
    const scores = rows.map(() => ({ reward: 0, penalty: hasPenalty ? 0 : null }) as Score);
    for (const { reward, share } of this.rewards.parts) {
      if (!reward.text) {
        const values = await program.read(`${name}.${reward.name}`);
        scores.forEach((score, i) => {
          score.reward += share * values[i];
        });
        continue;
      }
      const features = await program.read(`${name}.${reward.tower.name}`);
      for (const [i, { prompt, texts }] of rows.entries()) {
        for (const { weight, word } of texts) {
          const c = await pipeline.features(reward, textOf(prompt, word));
          let dot = 0;
          for (let p = 0; p < c.length; p++) dot += features[i * c.length + p] * c[p];
          if (weight > 0) scores[i].reward += share * weight * dot;
          else scores[i].penalty! -= share * weight * dot;
        }
      }
    }
    return scores;
  }
}
