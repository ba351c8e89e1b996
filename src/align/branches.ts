/**
 * @file One alignment step as a graph: both branches as rows of one batch, from x0 and ε to the reward,
 * and back from the loss to every LoRA factor.
 *
 * Rows 0 … B−1 are the denoise branch, rows B … 2B−1 the inversion branch (absent for `direct-align`).
 * Each branch's loss is mean over its rows of max(0, margin − r) / 2 (direct-align.md section 3).
 */

import type { Compiled } from '../compiler/compiled';
import { gradients } from '../compiler/differentiate';
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { GpuBuffer } from '../gpu/gpu';
import { constant, input, parameterOp, reachable, type Value } from '../graph/graph';
import { decode } from '../models/autoencoder-tiny';
import { sinusoidal } from '../models/flux';
import type { WeightScope } from '../models/weights';
import { clamp } from '../ops/clamp';
import { hinge } from '../ops/hinge';
import { inject, injectionCoefficients, recover, recoveryCoefficients, step, stepCoefficients } from './direct-align';
import { type DeviceLora, latents, type Model, type Pipeline, velocity } from './pipeline';
import { type OpenReward, rewardGraph, rewardInputs, rewardScopes } from './rewards';
import { concatFloats, repeatRows } from './rows';
import type { AlignmentLevels } from './schedule';

export type Branch = 'denoise' | 'inversion';

/** The branches of a method, in row order. */
export const branchesOf = (method: RunFile['method']): readonly Branch[] =>
  method === 'srpo' ? ['denoise', 'inversion'] : ['denoise'];

/** What every branch computes, as graph values over all rows. */
export interface BranchGraph {
  xs: Value;
  v: Value;
  xr: Value;
  x0Hat: Value;
  /** [R, H, W, 3], clamped to [0, 1]. */
  picture: Value;
  features: Map<string, Value>;
  reward: Value;
}

/** Traces injection, velocity, recovery, decoder and reward for `rows` rows. */
export function branchGraph(
  model: Model,
  lora: DeviceLora['layout'] | null,
  rewards: readonly OpenReward[],
  scopes: readonly WeightScope[],
  rows: number,
): BranchGraph {
  const noise = latents(model, rows, 'noise');
  const xs = inject(input('injection', [rows, 2]), noise, latents(model, rows, 'x0'));
  const v = velocity(model, lora, rows, xs);
  const xr = step(input('step', [rows, 2]), xs, v);
  const x0Hat = recover(input('recovery', [rows, 3]), xs, v, noise);
  const picture = clamp(decode(model.bundle.vae, model.vae, x0Hat, model.grid), 0, 1);
  return { xs, v, xr, x0Hat, picture, ...rewardGraph(rewards, scopes, picture) };
}

/** What a step's rows are fed with. */
export interface BranchInputs {
  prompts: readonly string[];
  positive: string;
  negative: string;
  levels: AlignmentLevels;
  guidance: number;
}

/** The two-branch step, compiled: forward and, into `gradients`, backward. */
export class AlignmentStep {
  private constructor(
    private readonly pipeline: Pipeline,
    private readonly rewards: readonly OpenReward[],
    readonly batch: number,
    readonly branches: readonly Branch[],
    readonly program: Compiled,
  ) {}

  /**
   * @param gradientBuffer where the gradients go, laid out as the LoRA's factors
   * @param inspect also keep x_s, v, x_r, x̂0, picture and features as outputs (`probe`)
   */
  static async create(
    pipeline: Pipeline,
    run: RunFile,
    rewards: readonly OpenReward[],
    lora: DeviceLora,
    gradientBuffer: GpuBuffer,
    batch: number,
    inspect = false,
  ): Promise<AlignmentStep> {
    const { model } = pipeline;
    const branches = branchesOf(run.method);
    const rows = batch * branches.length;
    const scopes = rewardScopes(rewards);
    const graph = branchGraph(model, lora.layout, rewards, scopes, rows);
    const loss = hinge(graph.reward, run.reward.margin);
    // Half of each branch's mean: every row counts 1 / (2B).
    const seed = constant('loss weight', new Float32Array(rows).fill(1 / (2 * batch)), [rows]);
    const parameters = reachable([loss]).filter((v) => v.op === parameterOp);
    if (parameters.length === 0) throw new UserError('The run trains nothing: its "lora.targets" match no linear.');
    const grads = gradients(loss, seed, parameters);
    const outputs: Record<string, Value> = { reward: graph.reward, loss };
    if (inspect) {
      Object.assign(outputs, { x_s: graph.xs, v: graph.v, x_r: graph.xr, x0_hat: graph.x0Hat, image: graph.picture });
      for (const [name, f] of graph.features) outputs[`features.${name}`] = f;
    }
    parameters.forEach((p, i) => {
      outputs[`grad.${p.attrs.name}`] = grads[i];
    });
    const program = await pipeline.compile(outputs, scopes, lora, {
      placeOutput: (name) => (name.startsWith('grad.') ? lora.layout.range(gradientBuffer, name.slice(5)) : undefined),
    });
    return new AlignmentStep(pipeline, rewards, batch, branches, program);
  }

  /** Writes everything but `x0` and `noise`, which `writeLatents` gives. */
  async writeInputs({ prompts, positive, negative, levels, guidance }: BranchInputs): Promise<void> {
    const { pipeline, program, batch, branches } = this;
    const twice = branches.flatMap(() => [...prompts]);
    const text = await pipeline.encode(twice);
    const wanted = await pipeline.encode(prompts.map((p) => `${positive}. ${p}`));
    const unwanted = await pipeline.encode(prompts.map((p) => `${negative}. ${p}`));
    const pooledSize = wanted.pooled.length / batch;
    program.write('tokens', text.tokens);
    program.write('pooled', text.pooled);
    if (pipeline.model.bundle.transformer.guidance_embeds) {
      program.write('guidance', repeatRows(sinusoidal([guidance]), twice.length));
    }
    const perBranch = (of: (b: Branch) => ArrayLike<number>) =>
      concatFloats(branches.map((b) => repeatRows(of(b), batch)));
    program.write(
      'time',
      perBranch((b) => sinusoidal([levels[b].sigmaS])),
    );
    program.write(
      'injection',
      perBranch((b) => injectionCoefficients(levels[b].sigmaS)),
    );
    program.write(
      'recovery',
      perBranch((b) => recoveryCoefficients(levels[b].sigmaS, levels[b].sigmaR)),
    );
    if (program.has('step'))
      program.write(
        'step',
        perBranch((b) => stepCoefficients(levels[b].sigmaS, levels[b].sigmaR)),
      );
    const rows = branches.flatMap((b) =>
      prompts.map((_, i) => {
        const row = (pooled: Float32Array) => pooled.subarray(i * pooledSize, (i + 1) * pooledSize);
        return rewardInputs(this.rewards, b, levels[b].kappa, row(wanted.pooled), row(unwanted.pooled));
      }),
    );
    for (const name of Object.keys(rows[0])) program.write(name, concatFloats(rows.map((r) => r[name])));
  }

  /** The same x0 and ε for every branch. @param x0 latents on the device, e.g. the sampler's */
  writeLatents(noise: Float32Array, x0: { buffer: GpuBuffer; offset: number; bytes: number } | Float32Array): void {
    const { program, branches, pipeline } = this;
    program.write('noise', concatFloats(branches.map(() => noise)));
    if (x0 instanceof Float32Array) {
      program.write('x0', concatFloats(branches.map(() => x0)));
      return;
    }
    const to = program.range('x0').range;
    for (const i of branches.keys()) {
      pipeline.gpu.copy(x0.buffer, to.buffer, x0.bytes, x0.offset, to.offset + i * x0.bytes);
    }
  }

  /** Reward and branch loss of each branch, after a run. */
  async readResults(): Promise<Record<Branch, { reward: Float32Array; loss: number } | null>> {
    const reward = await this.program.read('reward');
    const loss = await this.program.read('loss');
    const results: Record<Branch, { reward: Float32Array; loss: number } | null> = { denoise: null, inversion: null };
    this.branches.forEach((b, i) => {
      const rows = (x: Float32Array) => x.subarray(i * this.batch, (i + 1) * this.batch);
      results[b] = { reward: rows(reward), loss: rows(loss).reduce((sum, l) => sum + l, 0) / (2 * this.batch) };
    });
    return results;
  }

  destroy(): void {
    this.program.destroy();
  }
}
