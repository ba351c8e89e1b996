/**
 * @file One alignment step without an update, every intermediate and every gradient kept (`studio probe`).
 */
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import type { GpuBuffer } from '../gpu/gpu';
import { AlignmentStep, type Branch } from './branches';
import type { DeviceLora, Pipeline } from './pipeline';
import type { OpenReward } from './rewards';
import { alignmentLevels } from './schedule';

export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

/**
 * The tensors of studio.md section 4: `x0`; per branch `x_s, v, x_r, x0_hat, image, image_features, reward, loss`;
 * and `grad.NAME.lora_A/B.weight` summed over the branches, before clipping.
 * @param noise [n, image tokens, in_channels]; the first n prompts of the run are used
 * @param x0 clean latents of the same shape, or null to roll out with the LoRA
 * @throws UserError where n exceeds the prompts or an index is outside the table
 */
export async function probe(
  pipeline: Pipeline,
  run: RunFile,
  rewards: readonly OpenReward[],
  lora: DeviceLora,
  noise: Float32Array,
  sigmaIndex: number,
  x0: Float32Array | null = null,
): Promise<NamedTensor[]> {
  const { model, gpu } = pipeline;
  const n = noise.length / model.latentSize;
  if (n > run.prompts.length) {
    throw new UserError(`The noise file holds ${n} pictures, the run file only ${run.prompts.length} prompts.`);
  }
  const prompts = run.prompts.slice(0, n);
  const levels = alignmentLevels(run, sigmaIndex);
  const { guidance, steps } = run.rollout;
  let clean = x0;
  if (!clean) {
    const sampler = await pipeline.sampler(n, lora);
    await sampler.run(noise, prompts, steps, guidance);
    clean = await sampler.read();
    sampler.destroy();
  }
  const gradients: GpuBuffer = gpu.buffer(lora.layout.count * 4, 'gradients');
  const step = await AlignmentStep.create(pipeline, run, rewards, lora, gradients, n, true);
  await step.writeInputs({
    prompts,
    positive: run.reward.positive[0],
    negative: run.reward.negative[0],
    levels,
    guidance,
  });
  step.writeLatents(noise, clean);
  await step.program.runAndWait();

  const { bundle } = model;
  const packed = [n, bundle.imageTokens, bundle.transformer.in_channels];
  const tensors: NamedTensor[] = [{ name: 'x0', shape: packed, data: clean }];
  const results = await step.readResults();
  const read = async (name: string) => {
    const all = await step.program.read(name);
    const rows = all.length / step.branches.length;
    return (branch: Branch) =>
      all.subarray(step.branches.indexOf(branch) * rows, (step.branches.indexOf(branch) + 1) * rows);
  };
  const latents = await Promise.all(
    ['x_s', 'v', 'x_r', 'x0_hat'].map(async (name) => ({ name, of: await read(name) })),
  );
  const image = await read('image');
  const features = await read(`features.${featuresName(rewards)}`);
  const { width, height } = bundle.image;
  for (const branch of step.branches) {
    for (const { name, of } of latents) tensors.push({ name: `${name}.${branch}`, shape: packed, data: of(branch) });
    tensors.push({
      name: `image.${branch}`,
      shape: [n, 3, height, width],
      data: channelsFirst(image(branch), n, height * width),
    });
    const f = features(branch);
    tensors.push({ name: `image_features.${branch}`, shape: [n, f.length / n], data: f });
    const { reward, loss } = results[branch]!;
    tensors.push(
      { name: `reward.${branch}`, shape: [n], data: reward },
      { name: `loss.${branch}`, shape: [1], data: Float32Array.of(loss) },
    );
  }
  const flat = await gpu.readFloats(gradients);
  for (const factor of lora.layout.factors) {
    tensors.push({ name: `grad.${factor.name}`, shape: [...factor.shape], data: lora.layout.part(flat, factor) });
  }
  step.destroy();
  gradients.destroy();
  return tensors;
}

/** The tower whose features are written: the first of the mixture. */
function featuresName(rewards: readonly OpenReward[]): string {
  const { reward } = rewards[0];
  return reward.kind === 'clip' ? reward.name : reward.backbone.name;
}

/** [n, pixels, 3] → [n, 3, pixels]. */
export function channelsFirst(x: Float32Array, n: number, pixels: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < 3; c++) out[(i * 3 + c) * pixels + p] = x[(i * pixels + p) * 3 + c];
  return out;
}
