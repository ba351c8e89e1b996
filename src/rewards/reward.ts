/**
 * @file What a kind of reward is: opened from its files, traced on a picture, given its text a row at a time.
 */
import type { Executable } from '../graph/executable';
import type { Value } from '../graph/graph';
import type { RewardRow } from '../methods/reward-form';
import type { Bundle, RewardFolder } from '../models/bundle';
import type { WeightScope } from '../models/weights';

/** Text features of one reward, read before. */
export type TextFeatures = (text: string) => Float32Array;

/** Where texts are read: the base's own encoder, and a device for a reward's. */
export interface TextDesk {
  /** The base's pooled embedding of a text. */
  pooled(text: string): Promise<Float32Array>;
  /** The program of that name, compiled when it is first asked for. */
  program(
    name: string,
    trace: () => Record<string, Value>,
    scopes: readonly WeightScope[],
  ): Promise<Pick<Executable, 'write' | 'runAndWait' | 'read'>>;
  /** Told once that a text which a reward reads was cut. */
  onCut(warning: string): void;
}

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
  /** One row's inputs by name. @param features C of the row's texts */
  row(row: RewardRow, features: TextFeatures): Record<string, Float32Array>;
  /**
   * Text features C of one text [projection], L2-normalised and times the reward's scale, so that the reward is f·C; null
   * for a reward that knows no words.
   */
  text: ((text: string, desk: TextDesk) => Promise<Float32Array>) | null;
  /** Whether reading takes a tower of its own on the device: texts are then better read before a run than in it. */
  hasTextTower?: true;
}

/** A kind of reward: one file of src/rewards and one line in its index. */
export interface RewardKind {
  label: string;
  /** Whether a folder holds one of this kind, right or wrong. */
  recognises(folder: RewardFolder): boolean | Promise<boolean>;
  /**
   * @param bundle what the folder is of: its other rewards, the size of its pooled text
   * @throws UserError for a config that is wrong, and for a file or tensor that is missing or does not fit
   */
  open(folder: RewardFolder, bundle: Bundle): Promise<OpenReward>;
}
