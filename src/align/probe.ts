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
  /** [n, image tokens, in_channels]; the run's first words are used. */
  noise: Float32Array;
  /** Of the pictures that `x0` was encoded from, one each; by default the run's first prompts. */
  captions?: readonly string[];
  /** The update's random choices, checked by the method. */
  plan: unknown;
  /** Clean latents of the noise's shape, or null to roll out with the LoRA. */
  x0?: Float32Array<ArrayBuffer> | null;
  extra?: Partial<Record<ExtraNoise, Float32Array>>;
  /** The old LoRA's factors, laid out alike, where the method has one; by default the LoRA's own. */
  old?: Float32Array<ArrayBuffer>;
}

/**
 * The prompts of n pictures: the run's first, one a picture or one a group of pictures; or their captions, where they
 * are given.
 * @throws UserError where the groups are not whole, or there are too few prompts
 */
export function probedPrompts(
  run: RunFile,
  n: number,
  file = 'The noise file',
  captions?: readonly string[],
): readonly string[] {
  const group = methodOf(run.method).group?.(run.options) ?? 1;
  if (n % group !== 0) {
    throw new UserError(
      `${file} holds ${n} pictures of noise, expected a multiple of "options.group", which is ${group}.`,
    );
  }
  if (captions) return captions;
  if (n / group > run.prompts.length) {
    const pictures = `${n / group} ${group === 1 ? 'pictures' : 'groups of pictures'} of noise`;
    throw new UserError(`${file} holds ${pictures}, the run file only ${run.prompts.length} prompts.`);
  }
  return Array.from({ length: n }, (_, i) => run.prompts[Math.floor(i / group)]);
}

/**
 * `x0`, `reward` [n], `loss` [1] and `grad.NAME.lora_A/B.weight` before clipping, with what the run's method names. A
 * method of branches gives reward and loss of each instead (`reward.denoise`).
 * @throws UserError where n does not fit the groups, or exceeds the prompts
 */
export async function probe(pipeline: Pipeline, of: ProbeOf): Promise<NamedTensor[]> {
  const { run, rewards, lora, noise } = of;
  const { model, gpu } = pipeline;
  const n = noise.length / model.latentSize;
  const prompts = probedPrompts(run, n, undefined, of.captions);
  const gradients = gpu.buffer(lora.layout.count * 4, 'gradients', { ranges: true });
  const method = methodOf(run.method);
  const old = method.oldLora && {
    ...lora,
    parameters: gpu.buffer(lora.layout.count * 4, 'old LoRA', { ranges: true }),
  };
  if (old && of.old) gpu.write(old.parameters, of.old);
  else if (old) gpu.copy(lora.parameters, old.parameters);
  const bench = new ModelBench({ pipeline, run, rewards, lora, old, gradients, pictures: n });
  const step = await method.open(bench, { run, options: run.options, inspect: true });
  const { x0, reward, loss, tensors } = await bench.update(step, {
    plan: of.plan,
    prompts,
    words: { positive: run.reward.positive[0], negative: run.reward.negative[0] },
    noise,
    extra: of.extra ?? {},
    x0: of.x0 ?? null,
    onPhase: () => {},
  });
  // Names the cause.
  if (!of.x0 && !allFinite(x0)) {
    const sampler = await bench.sampler();
    await sampler.run(noise, prompts, run.rollout.steps, run.rollout.guidance);
    await sampler.read();
  }
  const flat = await gpu.readFloats(gradients);
  step.destroy();
  bench.destroy();
  gradients.destroy();
  old?.parameters.destroy();
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
