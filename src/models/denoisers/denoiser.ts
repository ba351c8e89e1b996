/**
 * @file What the rest of the engine asks of a transformer, whatever its architecture: its sizes, the velocity as a graph,
 * and how its schedule is shifted. One file an architecture; the registry is `index.ts`.
 */
import type { Value } from '../../graph/graph';
import type { SchedulerConfig } from '../configs';
import type { LoraShape } from '../linear';
import type { WeightScope } from '../weights';

/** What a config.json says of every architecture, by diffusers' names. */
export interface DenoiserConfig {
  in_channels: number;
  /** null where it is `in_channels`. */
  out_channels: number | null;
  num_layers: number;
  num_single_layers: number;
  attention_head_dim: number;
  num_attention_heads: number;
  joint_attention_dim: number;
  /** Whether guidance is an input; else the sampler guides classifier-free, against the empty prompt. */
  guidance_embeds: boolean;
}

export interface DenoiserInputs {
  /** Packed latents [B, image tokens, in_channels]. */
  latents: Value;
  /** Text states [B, text tokens, joint_attention_dim]. */
  tokens: Value;
  /** What the modulations are made of, or they themselves [B, their linears' outputs]. */
  modulation: TembInputs | Value;
}

/** What a call's modulations depend on: neither the picture nor the tokens. */
export interface TembInputs {
  /** Pooled text [B, `pooledText`]; only of an architecture that reads one. */
  pooled: Value | null;
  /** `sinusoidal` of sigma·1000, [B, 256]. */
  time: Value;
  /** `sinusoidal` of guidance·1000, [B, 256]; only with `guidance_embeds`. */
  guidance: Value | null;
}

/** Linears that all read one vector a sample, made of `TembInputs`. */
export interface Modulations {
  /** In the order in which their outputs are given. */
  linears: readonly { name: string; out: number }[];
  /** That vector, [B, channels]. */
  vector(weights: WeightScope, inputs: TembInputs): Value;
  /** What the i-th of them makes of it, [B, out]. */
  output(weights: WeightScope, i: number, vector: Value): Value;
  /** Whether they depend on that linear, or it is one of them. */
  dependOn(linear: string): boolean;
}

/** A transformer as its config.json describes it. */
export interface Denoiser {
  config: DenoiserConfig;
  /** Channels of the pooled text that it reads; null where it reads none. */
  pooledText: number | null;
  /** The linears that trainers adapt where nobody says which, as `lora.targets` of a run file names them. */
  targets: readonly string[];
  /** Its modulations, where they can be given instead of their weights; null where those are few. */
  modulations: Modulations | null;
  /**
   * The velocity v [B, image tokens, in_channels].
   * @param grid image tokens down and across
   * @throws UserError for a weight that is missing or of another shape
   */
  velocity(
    weights: WeightScope,
    lora: LoraShape | null,
    inputs: DenoiserInputs,
    grid: readonly [rows: number, columns: number],
  ): Value;
  /** μ of a dynamic shift, σ' = e^μ/(e^μ + 1/σ − 1) where it is exponential. */
  mu(scheduler: SchedulerConfig, imageTokens: number, steps: number): number;
}

/** An architecture, as `_class_name` of a config.json names it. */
export interface DenoiserClass {
  className: string;
  /**
   * @param config the value of config.json, unchecked
   * @param file what to call that file in a sentence
   * @throws UserError for a missing key, a wrong type, and sizes that do not fit one another
   */
  open(config: unknown, file: string): Denoiser;
}
