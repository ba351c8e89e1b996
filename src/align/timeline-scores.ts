/**
 * @file What the run's reward adds and takes away for the pictures of a timeline, apart: f·(1+κ)C₊ and f·C₋ of rewards
 * that read text, the score of those that do not, mixed by their shares.
 */
import type { Compiled } from '../compiler/compiled';
import type { Value } from '../graph/graph';
import { type RewardRow, textOf } from '../methods/reward-form';
import { concatFloats } from '../methods/rows';
import { reshape } from '../ops/reshape';
import type { RewardMixture } from '../rewards/mixture';
import type { Pipeline } from './pipeline';

export interface Score {
  reward: number;
  /** null where the reward form has no unwanted text. */
  penalty: number | null;
}

export class TimelineScores {
  /** Pooled text by what was encoded. */
  readonly #pooled = new Map<string, Float32Array>();

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

  /** Encodes the rows' texts, and writes what rewards without text multiply their score by. */
  async write(program: Compiled, pipeline: Pipeline, rows: readonly RewardRow[]): Promise<void> {
    const wanted = rows.flatMap(({ prompt, texts }) => texts.map(({ word }) => textOf(prompt, word)));
    for (const text of new Set(wanted)) {
      if (!this.#pooled.has(text)) this.#pooled.set(text, (await pipeline.encode([text], true)).pooled);
    }
    const inputs = rows.map((row) => this.rewards.row(row, (prompt, word) => this.#pooled.get(textOf(prompt, word))!));
    for (const name of Object.keys(inputs[0])) {
      if (program.has(name)) program.write(name, concatFloats(inputs.map((row) => row[name])));
    }
  }

  /** The scores of the pictures called `name` after a run, one a row. */
  async read(program: Compiled, name: string, rows: readonly RewardRow[]): Promise<Score[]> {
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
      rows.forEach(({ prompt, texts }, i) => {
        for (const { weight, word } of texts) {
          const c = reward.text!(this.#pooled.get(textOf(prompt, word))!);
          let dot = 0;
          for (let p = 0; p < c.length; p++) dot += features[i * c.length + p] * c[p];
          if (weight > 0) scores[i].reward += share * weight * dot;
          else scores[i].penalty! -= share * weight * dot;
        }
      });
    }
    return scores;
  }
}
