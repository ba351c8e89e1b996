/**
 * @file The step of ReFL: x̂ = x_i − σ_i·v(x_i), x_i from the rollout and detached, so dL/dv = −σ_i·dL/dx̂.
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { OneCallStep } from '../one-call';
import { rewardRow } from '../reward-form';

export interface ReflPlan {
  /** Index i of the step whose prediction is scored. */
  step: number;
}

export async function openRefl(bench: Bench, { run, inspect }: StepOptions): Promise<MethodStep<ReflPlan>> {
  const n = bench.pictures;
  const call = await OneCallStep.open(bench, { rows: n, weight: 1 / n, margin: run.reward.margin, inspect });
  return {
    async run({ plan, prompts, words, noise, onPhase }) {
      const i = plan.step;
      const sigma = bench.sigmas[i];
      const rollout = (request: { x: Float32Array; from?: number; to?: number }) =>
        bench.rollout({ ...request, prompts, onStep: (done) => onPhase('rollout', done, i) });
      const { x } = await rollout({ x: noise, to: i });
      onPhase('branches', 0, 1);
      const rows = prompts.map((prompt) => ({
        prompt,
        sigma,
        injection: [0, 1],
        recovery: [1, -sigma, 0],
        step: [1, -sigma],
        reward: rewardRow(run.reward.form, prompt, words),
      }));
      const { reward, hinge } = await call.run(rows, noise, x);
      const x0Hat = await call.read('x0Hat');
      const loss = hinge.reduce((sum, l) => sum + l, 0) / n;
      if (!inspect) return { x0: x0Hat, reward, loss, metrics: { sigma }, tensors: [] };
      const features = await call.read('features');
      const tensors = [
        bench.latentTensor('x', x),
        bench.latentTensor('v', await call.read('v')),
        bench.latentTensor('x0_hat', x0Hat),
        bench.pictureTensor('image', await call.read('picture')),
        { name: 'image_features', shape: [n, features.length / n], data: features },
      ];
      return { x0: (await rollout({ x, from: i })).x, reward, loss, metrics: { sigma }, tensors };
    },
    destroy: () => call.destroy(),
  };
}
