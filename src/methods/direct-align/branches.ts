/**
 * @file The step of Direct-Align and SRPO: each branch's recovery as rows of one batch, from the same x0 and ε.
 *
 * Rows 0 … n−1 are the denoise branch, rows n … 2n−1 the inversion branch where there is one. Each branch's loss is the
 * mean over its rows of max(0, margin − r) / 2.
 */
import type { RunFile } from '../../formats/run-file';
import type { Bench, NamedTensor } from '../bench';
import type { MethodStep, StepOptions, StepResult, Update } from '../method';
import { OneCallStep } from '../one-call';
import { rewardRow } from '../reward-form';
import { concatFloats } from '../rows';
import { type AlignmentLevels, alignmentLevels } from './levels';
import type { SigmaPlan } from './plan';
import { injectionCoefficients, recoveryCoefficients, stepCoefficients } from './recovery';

export type Branch = 'denoise' | 'inversion';

/** Compiles the branches. @param branches in row order, `denoise` first */
export async function openBranches(
  bench: Bench,
  { run, inspect }: StepOptions,
  branches: readonly Branch[],
): Promise<MethodStep<SigmaPlan>> {
  const { pictures: n } = bench;
  const rows = n * branches.length;
  const call = await OneCallStep.open(bench, { rows, weight: 1 / (2 * n), margin: run.reward.margin, inspect });
  return new BranchesStep(bench, run, branches, call, inspect);
}

class BranchesStep implements MethodStep<SigmaPlan> {
  constructor(
    private readonly bench: Bench,
    private readonly settings: RunFile,
    private readonly branches: readonly Branch[],
    private readonly call: OneCallStep,
    private readonly inspect: boolean,
  ) {}

  async run(update: Update<SigmaPlan>): Promise<StepResult> {
    const { bench, branches, call } = this;
    const { prompts, noise, onPhase } = update;
    const levels = alignmentLevels(this.settings, update.plan.sigmaIndex);
    const steps = bench.sigmas.length - 1;
    const x0 =
      update.x0 ?? (await bench.rollout({ x: noise, prompts, onStep: (done) => onPhase('rollout', done, steps) })).x;
    onPhase('branches', 0, 1);
    const twice = (row: Float32Array) => concatFloats(branches.map(() => row));
    const result = await call.run(this.#rows(update, levels), twice(noise), twice(x0));
    const of = (branch: Branch) => {
      const at = branches.indexOf(branch);
      if (at < 0) return null;
      const part = (x: Float32Array) => x.subarray(at * prompts.length, (at + 1) * prompts.length);
      const loss = part(result.hinge).reduce((sum, l) => sum + l, 0) / (2 * prompts.length);
      return { reward: part(result.reward), loss };
    };
    const [denoise, inversion] = [of('denoise')!, of('inversion')];
    const mean = (x: Float32Array) => x.reduce((a, b) => a + b, 0) / x.length;
    return {
      x0,
      reward: denoise.reward,
      loss: denoise.loss + (inversion?.loss ?? 0),
      metrics: {
        sigmaIndex: levels.index,
        sigma: levels.denoise.sigmaR,
        rewardDenoise: mean(denoise.reward),
        rewardInversion: inversion && mean(inversion.reward),
        lossDenoise: denoise.loss,
        lossInversion: inversion?.loss ?? null,
      },
      tensors: this.inspect ? await this.#tensors(of) : [],
    };
  }

  destroy(): void {
    this.call.destroy();
  }

  #rows({ prompts, words }: Update<SigmaPlan>, levels: AlignmentLevels) {
    return this.branches.flatMap((branch) => {
      const { sigmaS, sigmaR, kappa } = levels[branch];
      return prompts.map((prompt) => ({
        prompt,
        sigma: sigmaS,
        injection: injectionCoefficients(sigmaS),
        recovery: recoveryCoefficients(sigmaS, sigmaR),
        step: stepCoefficients(sigmaS, sigmaR),
        reward: rewardRow(this.settings.reward.form, prompt, words, kappa, branch === 'inversion'),
      }));
    });
  }

  /** `x_s, v, x_r, x0_hat, image, image_features, reward, loss` of each branch. */
  async #tensors(of: (branch: Branch) => { reward: Float32Array; loss: number } | null): Promise<NamedTensor[]> {
    const { bench, branches, call } = this;
    const n = bench.pictures;
    const kept = { x_s: 'x', v: 'v', x_r: 'stepped', x0_hat: 'x0Hat' } as const;
    const tensors: NamedTensor[] = [];
    const each = (all: Float32Array, add: (branch: Branch, part: Float32Array) => void) => {
      const size = all.length / branches.length;
      branches.forEach((branch, i) => {
        add(branch, all.subarray(i * size, (i + 1) * size));
      });
    };
    for (const [name, value] of Object.entries(kept)) {
      each(await call.read(value), (branch, part) => tensors.push(bench.latentTensor(`${name}.${branch}`, part)));
    }
    each(await call.read('picture'), (branch, part) => tensors.push(bench.pictureTensor(`image.${branch}`, part)));
    each(await call.read('features'), (branch, part) => {
      tensors.push({ name: `image_features.${branch}`, shape: [n, part.length / n], data: part });
    });
    for (const branch of branches) {
      const { reward, loss } = of(branch)!;
      tensors.push({ name: `reward.${branch}`, shape: [n], data: reward });
      tensors.push({ name: `loss.${branch}`, shape: [1], data: Float32Array.of(loss) });
    }
    return tensors;
  }
}
