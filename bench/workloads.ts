/**
 * @file What is measured besides matrix multiplication: the parts of an alignment step at batch 2, and the whole.
 */

import { latents, velocity } from '../src/align/model';
import type { DeviceLora, Pipeline } from '../src/align/pipeline';
import { Random } from '../src/align/random';
import { Trainer } from '../src/align/trainer';
import type { Compiled } from '../src/compiler/compiled';
import { gradients } from '../src/compiler/differentiate';
import type { RunFile } from '../src/formats/run-file';
import { input, inputOp, parameterOp, reachable, type Value } from '../src/graph/graph';
import { initialFactors, layoutOf } from '../src/lora/layout';
import { decode } from '../src/models/autoencoder-tiny';
import type { WeightScope } from '../src/models/weights';
import { clamp } from '../src/ops/clamp';
import { RewardMixture } from '../src/rewards/mixture';

/** Something that can be run again and again. */
export interface Workload {
  run(): Promise<unknown>;
  /** The least bytes a run could move: weights, inputs and outputs once each, in every program it replays. */
  leastBytes: number;
  destroy(): void;
}

/** Prepares a workload on a pipeline of its own, so that its memory can be told apart. */
export type MakeWorkload = (pipeline: Pipeline, run: RunFile) => Promise<Workload>;

/** In the order of the table. */
export const WORKLOADS: Record<string, MakeWorkload> = {
  'transformer forward': (pipeline, run) => {
    const lora = freshLora(pipeline, run);
    return replay(pipeline, { v: velocity(pipeline.model, lora.layout, run.batch) }, { lora });
  },

  'transformer forward + backward': (pipeline, run) => {
    const lora = freshLora(pipeline, run);
    const v = velocity(pipeline.model, lora.layout, run.batch);
    const parameters = reachable([v]).filter((leaf) => leaf.op === parameterOp);
    return replay(pipeline, withGradients(v, parameters), { lora });
  },

  'decoder forward + backward': (pipeline, run) => {
    const { bundle, vae, grid } = pipeline.model;
    const x = latents(pipeline.model, run.batch, 'latents');
    const picture = clamp(decode(bundle.vae, vae, x, grid), 0, 1);
    return replay(pipeline, withGradients(picture, [x]));
  },

  'reward tower forward + backward': async (pipeline, run) => {
    const { bundle } = pipeline.model;
    const rewards = await RewardMixture.open(bundle, run.reward.model);
    const picture = input('picture', [run.batch, bundle.image.height, bundle.image.width, 3]);
    const { reward } = rewards.trace(picture);
    return replay(pipeline, withGradients(reward, [picture]), { scopes: rewards.scopes });
  },

  'both branches, forward + backward': async (pipeline, run) => {
    const trainer = await Trainer.create(pipeline, run);
    await trainer.update();
    const programs = trainer.bench.programs;
    return {
      run: async () => {
        for (const program of programs) await program.runAndWait();
      },
      leastBytes: leastBytesOf(programs),
      destroy: () => trainer.destroy(),
    };
  },

  'whole SRPO step': async (pipeline, run) => {
    const trainer = await Trainer.create(pipeline, run);
    const { sampler, bench, decoder, lora } = trainer;
    const rollout = run.rollout.steps * sampler.program.leastBytes;
    // AdamW reads gradient, parameter and both moments, and writes the last three.
    const optimizer = 7 * 4 * lora.layout.count;
    return {
      run: () => trainer.update(),
      leastBytes: rollout + leastBytesOf(bench.programs) + decoder.leastBytes + optimizer,
      destroy: () => trainer.destroy(),
    };
  },
};

const leastBytesOf = (programs: readonly Compiled[]) => programs.reduce((sum, { leastBytes }) => sum + leastBytes, 0);

/** The run's LoRA as it starts, without a trainer. */
function freshLora({ gpu, model }: Pipeline, run: RunFile): DeviceLora {
  const layout = layoutOf(run, model.linears);
  const parameters = gpu.buffer(layout.count * 4, 'LoRA');
  gpu.write(parameters, initialFactors(layout, Random.stream(run.seed, 'factors')));
  return { layout, parameters };
}

function withGradients(y: Value, wrt: readonly Value[]): Record<string, Value> {
  const grads = gradients(y, input('seed', y.shape), wrt);
  return { y, ...Object.fromEntries(grads.map((g, i) => [`gradient ${i}`, g])) };
}

/** One program over and over, its inputs normal noise. */
async function replay(
  pipeline: Pipeline,
  outputs: Record<string, Value>,
  { scopes = [], lora = null }: { scopes?: readonly WeightScope[]; lora?: DeviceLora | null } = {},
): Promise<Workload> {
  const program = await pipeline.compile(outputs, scopes, lora);
  const random = new Random(1);
  for (const { op, attrs, size } of reachable(Object.values(outputs))) {
    if (op === inputOp && program.has(attrs.name)) program.write(attrs.name, random.normals(size));
  }
  return {
    run: () => program.runAndWait(),
    leastBytes: program.leastBytes,
    destroy: () => {
      program.destroy();
      lora?.parameters.destroy();
    },
  };
}
