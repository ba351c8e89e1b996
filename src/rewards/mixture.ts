/**
 * @file The rewards of a run as one number a picture: the weighted mean of those that "reward.model" names.
 */
import { PERSON } from '../formats/person';
import type { RunFile } from '../formats/run-file';
import { input, type Value } from '../graph/graph';
import type { Scored } from '../methods/bench';
import { type RewardRow, textOf } from '../methods/reward-form';
import { concatFloats } from '../methods/rows';
import type { Bundle } from '../models/bundle';
import type { WeightScope } from '../models/weights';
import { add } from '../ops/add';
import { reshape } from '../ops/reshape';
import { scale } from '../ops/scale';
import { openReward } from '.';
import type { OpenReward } from './reward';

/** Shares by reward name, in the run file's order, adding up to 1. */
export function rewardShares(model: RunFile['reward']['model']): [name: string, share: number][] {
  if (typeof model === 'string') return [[model, 1]];
  const entries = Object.entries(model);
  const total = entries.reduce((sum, [, w]) => sum + w, 0);
  return entries.map(([name, w]) => [name, w / total]);
}

export class RewardMixture {
  /** Weights of every model it needs; of rewards that share a tower, the same ones twice. */
  readonly scopes: readonly WeightScope[];

  private constructor(
    /** Shares add up to 1. */
    readonly parts: readonly { reward: OpenReward; share: number }[],
  ) {
    this.scopes = parts.flatMap(({ reward }) => [...reward.tower.scopes, ...reward.scopes]);
  }

  /**
   * Where a person is the reward, the bundle's first: timelines show what it says, nothing is trained on it.
   * @throws UserError for a reward the bundle lacks, or a tensor of it that is missing or does not fit
   */
  static async open(bundle: Bundle, model: RunFile['reward']['model']): Promise<RewardMixture> {
    const parts = [];
    const computed = model === PERSON ? (bundle.rewards[0] ?? PERSON) : model;
    for (const [name, share] of rewardShares(computed)) parts.push({ reward: await openReward(bundle, name), share });
    const mixture = new RewardMixture(parts);
    // Traced once here, so that a wrong tensor is an error before a device is asked for.
    mixture.trace(input('picture', [1, bundle.image.height, bundle.image.width, 3]));
    return mixture;
  }

  /** The tower whose features are shown: the first reward's. */
  get firstTower(): string {
    return this.parts[0].reward.tower.name;
  }

  /** The mixture's value of pictures [R, H, W, 3]; it declares the inputs that `rows` gives. */
  trace(picture: Value): Scored {
    const rows = picture.shape[0];
    const features = new Map<string, Value>();
    let sum: Value | null = null;
    const parts = new Map<string, Value>();
    for (const { reward, share } of this.parts) {
      const { name, embed } = reward.tower;
      const f = features.get(name) ?? embed(picture);
      features.set(name, f);
      const r = reward.trace(f);
      parts.set(reward.name, r);
      const part = share === 1 ? r : scale(r, share);
      sum = sum ? add(sum, part) : part;
    }
    const shares = new Map(this.parts.map(({ reward, share }) => [reward.name, share]));
    return { reward: reshape(sum!, [rows]), parts, shares, features };
  }

  /**
   * Inputs by name, one row after the other.
   * @param features of one of its rewards that reads text
   */
  async inputs(
    rows: readonly RewardRow[],
    features: (reward: OpenReward, text: string) => Promise<Float32Array>,
  ): Promise<Record<string, Float32Array<ArrayBuffer>>> {
    const texts = new Set(rows.flatMap(({ prompt, texts: t }) => t.map(({ word }) => textOf(prompt, word))));
    const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
    for (const { reward } of this.parts) {
      const read = new Map<string, Float32Array>();
      if (reward.text) for (const text of texts) read.set(text, await features(reward, text));
      const ofRows = rows.map((row) => reward.row(row, (text) => read.get(text)!));
      for (const name of Object.keys(ofRows[0])) inputs[name] = concatFloats(ofRows.map((row) => row[name]));
    }
    return inputs;
  }
}
