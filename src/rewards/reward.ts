/**
 * @file What a kind of reward is: opened from its files, traced on a picture, given its text a row at a time.
 */
import type { Value } from '../graph/graph';
import type { RewardRow } from '../methods/reward-form';
import type { Bundle, RewardFolder } from '../models/bundle';
import type { WeightScope } from '../models/weights';

/** Pooled text of a prompt with a word before it, or alone; already encoded. */
export type PooledText = (prompt: string, word: string | null) => Float32Array;

/** An image tower of the bundle. Rewards that read one of the same name share it: it is traced once for all of them. */
export interface ImageTower {
  name: string;
  /** Its weights. */
  scopes: readonly WeightScope[];
  /** Numbers in an embedding. */
  projection: number;
  /** L2-normalised embedding [R, projection] of pictures [R, H, W, 3] in 0 … 1. */
  embed(picture: Value): Value;
}

/** A reward that is open: its text side in memory, its weights declared when it is traced. */
export interface OpenReward {
  name: string;
  label: string;
  /** Whose embedding it reads. */
  tower: ImageTower;
  /** Weights of its own, beside the tower's. */
  scopes: readonly WeightScope[];
  /**
   * r [R, 1] of R pictures; declares the inputs that `row` gives.
   * @param features the tower's embedding of them [R, projection]
   */
  trace(features: Value): Value;
  /** One row's inputs by name. */
  row(row: RewardRow, pooled: PooledText): Record<string, Float32Array>;
  /** L2-normalised text features C of one pooled text; null for a reward that knows no words. */
  text: ((pooled: Float32Array) => Float32Array) | null;
}

/** A kind of reward: one file of src/rewards and one line in its index. */
export interface RewardKind {
  label: string;
  /** Whether the value of a reward's config.json is one of this kind, right or wrong. */
  recognises(config: unknown): boolean;
  /**
   * @param bundle what the folder is of: its other rewards, the size of its pooled text
   * @throws UserError for a config that is wrong, and for a file or tensor that is missing or does not fit
   */
  open(folder: RewardFolder, bundle: Bundle): Promise<OpenReward>;
}
