/**
 * @file The step of DRaFT-LV, with l = N − 1 the last step, Δ_l = −σ_l:
 *
 *     x_N = x_l − σ_l·v(x_l)
 *     x^(j) = (1−σ_l)·x_N + σ_l·ε_j,  x̂^(j) = x^(j) − σ_l·v(x^(j)),  x_N here detached
 *
 * One call after the other, each with its share of the mean over all (1 + copies)·n pictures.
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import type { NoPlan } from '../no-plan';
import { OneCallStep } from '../one-call';
import { rewardRow } from '../reward-form';

export interface DraftLvOptions {
  copies: number;
}

export async function openDraftLv(
  bench: Bench,
  { run, options: { copies }, inspect }: StepOptions<DraftLvOptions>,
): Promise<MethodStep<NoPlan>> {
  const { sigmas, pictures: n } = bench;
  const last = sigmas.length - 2;
  const sigma = sigmas[last];
  const weight = 1 / ((1 + copies) * n);
  const call = await OneCallStep.open(bench, { rows: n, weight, margin: run.reward.margin, inspect });
  return {
    async run({ prompts, words, noise, extra, onPhase }) {
      const { x } = await bench.rollout({
        x: noise,
        prompts,
        to: last,
        onStep: (done) => onPhase('rollout', done, last),
      });
      const rows = (injection: readonly number[]) =>
        prompts.map((prompt) => ({
          prompt,
          sigma,
          injection,
          recovery: [1, -sigma, 0],
          step: [1, -sigma],
          reward: rewardRow(run.reward.form, prompt, words),
        }));
      onPhase('branches', 0, 1 + copies);
      const { reward, hinge } = await call.run(rows([0, 1]), noise, x);
      const x0 = await call.read('x0Hat');
      const hinges = [...hinge];
      for (let j = 0; j < copies; j++) {
        onPhase('branches', 1 + j, 1 + copies);
        const again = extra.renoise!.subarray(j * noise.length, (j + 1) * noise.length);
        hinges.push(...(await call.run(rows([sigma, 1 - sigma]), again, x0)).hinge);
      }
      const loss = weight * hinges.reduce((sum, l) => sum + l, 0);
      return { x0, reward, loss, metrics: {}, tensors: [] };
    },
    destroy: () => call.destroy(),
  };
}
