/**
 * @file The workbench: all that a method sees of model, rewards and device. A method traces graphs with it, feeds them
 * with host arrays and reads host arrays back, so the same method runs on the real model and on a toy on the CPU.
 *
 * Rows are pictures. Latents of a row are `latentShape`: [image tokens, channels], or [2] on a plane.
 */
import type { Vote } from '../formats/person';
import type { Executable } from '../graph/executable';
import type { Value } from '../graph/graph';
import type { RewardRow } from './reward-form';

/** A reward's value on pictures, and what it saw. */
export interface Scored {
  /** The weighted mean of the run's rewards, [R]. */
  reward: Value;
  /** Each reward alone, [R], by name, in the run file's order. */
  parts: Map<string, Value>;
  /** Each reward's share of the mean, adding up to 1. */
  shares: ReadonlyMap<string, number>;
  /** Normalised image features [R, projection] of each image tower, by its name. */
  features: Map<string, Value>;
}

/** The LoRA of a velocity: the one that is trained, the one kept behind it (`Method.oldLora`), or the base alone. */
export type LoraUse = 'trained' | 'old' | 'none';

/** How a velocity is traced. */
export interface VelocityOptions {
  /** By default the one that is trained. What is compiled reads one LoRA: `old` is named again in `compile`. */
  lora?: LoraUse;
  /** Tells the conditioning inputs of several calls in one graph apart; '' for the only one. */
  call?: string;
}

/** The conditioning of one row of a velocity call. */
export interface VelocityRow {
  prompt: string;
  sigma: number;
}

/** A part of the Euler trajectory from noise to a clean picture. */
export interface RolloutRequest {
  /** Latents to start from: [n, ...latentShape]. */
  x: Float32Array;
  prompts: readonly string[];
  /** Index of the first step, by default 0. */
  from?: number;
  /** Index after the last step, by default the number of steps. */
  to?: number;
  /**
   * Whether steps are classifier-free guided where the model embeds no guidance, as in every call without a gradient
   * (default). Steps that a method differentiates, or that must agree with such, take the conditional velocity alone.
   */
  guided?: boolean;
  /** By default the one that is trained. */
  lora?: LoraUse;
  /** Indices i whose x_i is kept, `from` ≤ i ≤ `to`. */
  keep?: readonly number[];
  onStep?(done: number, total: number): void;
}

export interface Rollout {
  /** x at `to`: the clean latents x_N by default. */
  x: Float32Array<ArrayBuffer>;
  /** x_i for each i of `keep`. */
  kept: ReadonlyMap<number, Float32Array<ArrayBuffer>>;
}

export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

export interface Bench {
  /** Pictures of one update, n. */
  readonly pictures: number;
  readonly latentShape: readonly number[];
  /** The rollout's levels: σ_0 = 1 > … > σ_N = 0. */
  readonly sigmas: readonly number[];
  /** The image tower whose features `probe` writes. */
  readonly firstTower: string;

  /** An input of latents [rows, ...latentShape]. */
  latents(name: string, rows: number): Value;
  /**
   * The velocity v [rows, ...latentShape] at x; its conditioning is written by `writeVelocity`. A call that is
   * differentiated is the conditional velocity alone, with the run's guidance where the model embeds one.
   */
  velocity(x: Value, options?: VelocityOptions): Value;
  /** Pictures of clean latents, clamped to their range. */
  picture(x0: Value): Value;
  /**
   * Where a person is the reward: shows the pictures of clean latents [n, ...latentShape] and waits for a vote on each.
   * undefined where rewards are computed.
   */
  readonly ask?: (x0: Float32Array<ArrayBuffer>, prompts: readonly string[]) => Promise<readonly Vote[]>;
  /** The rewards of pictures; their texts are written by `writeReward`. */
  score(picture: Value): Scored;

  /** @param lora whose numbers the LoRA's factors in the graph take, by default the trained one's */
  compile(outputs: Record<string, Value>, lora?: LoraUse): Promise<Executable>;
  /**
   * Compiles `outputs` and the gradient of `loss` for every LoRA factor; each run adds that to the update's gradient.
   * @param seed dL/d`loss`, of its shape
   * @param wrt values whose gradient is an output too, by the output's name
   * @throws UserError where the loss depends neither on a LoRA factor nor on one of `wrt`
   */
  compileGradient(
    outputs: Record<string, Value>,
    loss: Value,
    seed: Value,
    wrt?: Record<string, Value>,
  ): Promise<Executable>;

  /** Writes the conditioning of a velocity call, one entry a row. */
  writeVelocity(to: Executable, rows: readonly VelocityRow[], call?: string): Promise<void>;
  /** Writes what the rewards score by, one entry a row. */
  writeReward(to: Executable, rows: readonly RewardRow[]): Promise<void>;

  rollout(request: RolloutRequest): Promise<Rollout>;

  /** A tensor of latents as `probe` writes it. */
  latentTensor(name: string, data: Float32Array): NamedTensor;
  /** A tensor of pictures as `probe` writes it: [n, 3, H, W] for images. */
  pictureTensor(name: string, data: Float32Array): NamedTensor;
}
