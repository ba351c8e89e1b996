/**
 * @file What an alignment method is: one folder of src/methods and one line in its index.
 *
 * `index.ts` of the folder declares it: names, options, plan, metrics, timeline. That part is plain data and small
 * functions, which the run file's schema and the page read. `step.ts` computes it on a workbench and is loaded when a
 * run is opened.
 */
import type * as z from 'zod/mini';
import type { RunFile } from '../formats/run-file';
import type { Sees } from '../formats/timeline';
import type { Bench, NamedTensor } from './bench';
import type { MethodOption } from './options';
import type { RewardForm, RewardWords } from './reward-form';

/** A column that a method adds to the metrics. */
export interface MetricColumn {
  name: string;
  /** As a chart's legend and a table's head say it. */
  label: string;
  /** 'σ', 'nats', …; null for a plain number. */
  unit: string | null;
  /** The chart it is drawn in, with what else is drawn there; null where it is only listed. */
  chart: 'reward' | 'loss' | 'level' | 'own' | null;
}

/** What random choices of an update are drawn from. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number in [low, high). */
  integer(low: number, high: number): number;
}

/** What an update's choices depend on. */
export interface PlanContext<Options> {
  run: RunFile;
  options: Options;
  /** Updates done before this one. */
  update: number;
  /** The rollout's levels, σ_0 = 1 … σ_N = 0. */
  sigmas: readonly number[];
}

/** Noise that a method needs beside the rollout's, by the name of its tensor in a noise file. */
export type ExtraNoise = 'renoise' | 'sde' | 'target';

/** Everything one update needs. */
export interface Update<Plan = any> {
  plan: Plan;
  /** One a picture. */
  prompts: readonly string[];
  words: RewardWords;
  /** [n, ...latentShape] */
  noise: Float32Array;
  /** [k, n, ...latentShape] of each kind that the method asked for. */
  extra: Partial<Record<ExtraNoise, Float32Array>>;
  /** Clean latents where they are given (pictures, `probe --x0`); null: the method rolls out. */
  x0: Float32Array<ArrayBuffer> | null;
  onPhase(phase: 'rollout' | 'branches', done: number, total: number): void;
}

/** What a step computed; the gradient is in the bench. */
export interface StepResult {
  /**
   * Clean latents [n, ...latentShape] of the update's pictures; of a method whose rollout stops early, their one-step
   * prediction, unless the step was opened to be inspected.
   */
  x0: Float32Array<ArrayBuffer>;
  /** Reward of each picture, [n]. */
  reward: Float32Array;
  loss: number;
  /** The method's own columns. */
  metrics: Record<string, number | null>;
  /** What `probe` writes beside x0, gradients, reward and loss; empty unless the step was opened to be inspected. */
  tensors: NamedTensor[];
}

/** A method at work on a bench. */
export interface MethodStep<Plan = any> {
  /** Computes one update's reward, loss and LoRA gradient. @throws UserError where a given x0 has no use */
  run(update: Update<Plan>): Promise<StepResult>;
  /** The gradient of a further pass over the same pictures, with the LoRA as it is now; where `passes` may be above 1. */
  again?(): Promise<void>;
  destroy(): void;
}

export interface StepOptions<Options = any> {
  run: RunFile;
  options: Options;
  /** Also keep what `probe` writes. */
  inspect: boolean;
}

export interface Method<Options = any, Plan = any, Id extends string = string> {
  id: Id;
  label: string;
  /** Two sentences for the page. */
  about: string;
  /** The keys of "options" in a run file. */
  options: { readonly [K in keyof Options]: MethodOption<Options[K]> };
  /** Paths of the run file that this method reads and not every method does. */
  reads: readonly string[];
  /** Reward forms it accepts, the default first. */
  forms: readonly RewardForm[];
  /** Whether x0 may come from pictures instead of a rollout. */
  takesPictures: boolean;
  metrics: readonly MetricColumn[];

  /** Checks options against the rest of the run file. @throws UserError, beginning with the file's name */
  checkRun?(run: RunFile, options: Options, file: string): void;
  /** Whether the reward is differentiated; where it is not, any judge will do, a person too. */
  differentiatesReward: boolean;
  /** Pictures that share a prompt; it divides the batch. By default 1. */
  group?(options: Options): number;
  /** Whether pictures of a group begin from the same noise. By default each has its own. */
  sharesNoise?(options: Options): boolean;
  /** Optimizer steps an update takes over the same pictures, by default 1. */
  passes?(options: Options): number;
  /** A second LoRA that follows the trained one slowly: old ← keeps·old + (1 − keeps)·trained after each update. */
  oldLora?: {
    /** @param update number of the update, from 1 */
    keeps(options: Options, update: number): number;
  };

  /** The update's discrete random choices as one JSON object. */
  plan: z.ZodMiniType<Plan>;
  /** Draws them, before anything is computed. */
  draw(context: PlanContext<Options>, random: RandomSource): Plan;
  /** Checks a plan against the run. @throws UserError for an index that is out of range */
  checkPlan(context: PlanContext<Options>, plan: Plan): void;
  /** Copies of [n, ...latentShape] of each kind of noise that the plan needs beside the rollout's. */
  extraNoise?(context: PlanContext<Options>, plan: Plan): Partial<Record<ExtraNoise, number>>;

  timeline: {
    sees: Sees;
    /** Names of the calls that carry gradient, where each has a γ of its own; by default one without a name. */
    calls?: readonly string[];
    /**
     * How much of the velocity's error at σ reaches what the reward sees; null where the chain has no such number.
     *
     * @param call index into `calls`, by default the first
     */
    gamma(run: RunFile, sigma: number, call?: number): number | null;
    /** Levels σ of the calls that carry an update's gradient, in the order of the calls. */
    active(context: PlanContext<Options>, plan: Plan): readonly number[];
  };

  /** Compiles the step. */
  open(bench: Bench, options: StepOptions<Options>): Promise<MethodStep<Plan>>;
}
