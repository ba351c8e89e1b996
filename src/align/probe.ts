/**
 * @file One alignment step without an update, every intermediate and every gradient kept (`studio probe`).
 */
import { UserError } from '../errors';
import type { RunFile } from '../formats/run-file';
import { methodOf } from '../methods';
import type { NamedTensor } from '../methods/bench';
import type { ExtraNoise } from '../methods/method';
import type { RewardMixture } from '../rewards/mixture';
import { ModelBench } from './bench';
import { allFinite } from './not-finite';
import type { DeviceLora, Pipeline } from './pipeline';

export interface ProbeOf {
  run: RunFile;
  rewards: RewardMixture;
  lora: DeviceLora;
  /** [n, image tokens, in_channels]; the first n prompts of the run are used, with its first words. */
  noise: Float32Array;
  /** The update's random choices, checked by the method. */
  plan: unknown;
  /** Clean latents of the noise's shape, or null to roll out with the LoRA. */
  x0?: Float32Array<ArrayBuffer> | null;
  extra?: Partial<Record<ExtraNoise, Float32Array>>;
}

/**
 * `x0`, `reward` [n], `loss` [1] and `grad.NAME.lora_A/B.weight` before clipping, with what the run's method names. A
 * method of branches gives reward and loss of each instead (`reward.denoise`).
 * @throws UserError where n exceeds the prompts
 */
export async function probe(pipeline: Pipeline, of: ProbeOf): Promise<NamedTensor[]> {
  const { run, rewards, lora, noise } = of;
  const { model, gpu } = pipeline;
  const n = noise.length / model.latentSize;
  if (n > run.prompts.length) {
    throw new UserError(`The noise file holds ${n} pictures, the run file only ${run.prompts.length} prompts.`);
  }
  const gradients = gpu.buffer(lora.layout.count * 4, 'gradients', { ranges: true });
  const bench = new ModelBench({ pipeline, run, rewards, lora, gradients, pictures: n });
  const step = await methodOf(run.method).open(bench, { run, options: run.options, inspect: true });
  const { x0, reward, loss, tensors } = await bench.update(step, {
    plan: of.plan,
    prompts: run.prompts.slice(0, n),
    words: { positive: run.reward.positive[0], negative: run.reward.negative[0] },
    noise,
    extra: of.extra ?? {},
    x0: of.x0 ?? null,
    onPhase: () => {},
  });
  // Names the cause.
  if (!of.x0 && !allFinite(x0)) await (await bench.sampler()).read();
  const flat = await gpu.readFloats(gradients);
  step.destroy();
  bench.destroy();
  gradients.destroy();
  const inBranches = tensors.some(({ name }) => name.startsWith('reward.'));
  const common = [
    { name: 'reward', shape: [n], data: reward },
    { name: 'loss', shape: [1], data: Float32Array.of(loss) },
  ];
  return [
    bench.latentTensor('x0', x0),
    ...(inBranches ? [] : common),
    ...tensors,
    ...lora.layout.factors.map((factor) => ({
      name: `grad.${factor.name}`,
      shape: [...factor.shape],
      data: lora.layout.part(flat, factor),
    })),
  ];
}
