/**
 * @file What a kind of reward is: opened from its files, traced on a picture, given its text a row at a time.
 */
import type { Value } from '../graph/graph';
import type { RewardRow } from '../methods/reward-form';
import type { Reward } from '../models/bundle';
import type { WeightScope } from '../models/weights';

/** Pooled text of a prompt with a word before it, or alone; already encoded. */
export type PooledText = (prompt: string, word: string | null) => Float32Array;

/** What a reward reads of the graph it is traced into. */
export interface RewardTrace {
  /** L2-normalised image embedding [R, projection] of an image tower of the bundle, traced once for all rewards. */
  features(tower: string): Value;
  /** Weights of a model folder below rewards/. */
  weights(name: string): WeightScope;
  /** Rows R. */
  rows: number;
}

/** A reward that is open: its text side in memory, its weights declared when it is traced. */
export interface OpenReward {
  name: string;
  label: string;
  /** The image tower whose embedding it reads; every model whose weights it needs has a scope. */
  tower: string;
  scopes: readonly WeightScope[];
  /** r [R] of the traced picture; declares the inputs that `row` gives. */
  trace(trace: RewardTrace): Value;
  /** One row's inputs by name. */
  row(row: RewardRow, pooled: PooledText): Record<string, Float32Array>;
  /** L2-normalised text features C of one pooled text; null for a reward that knows no words. */
  text: ((pooled: Float32Array) => Float32Array) | null;
}

/** A kind of reward: one file of src/rewards and one line in its index. */
export interface RewardKind<K extends Reward['kind'] = Reward['kind']> {
  kind: K;
  label: string;
  /**
   * @param pooledSize channels of the pooled text
   * @throws UserError for a tensor that is missing or does not fit
   */
  open(reward: Extract<Reward, { kind: K }>, pooledSize: number): Promise<OpenReward>;
}
