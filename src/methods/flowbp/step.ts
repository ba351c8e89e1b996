/**
 * @file The step of FlowBP: dL/dv_i = c·Δ_i·dL/dx_N for each active step i at its stored point x_i, with
 *
 *     c = 1 + rescale·(Σ|Δ_all| / Σ_active|Δ_i| − 1)
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { PictureGradient } from '../picture-gradient';
import { rewardRow } from '../reward-form';
import { VelocityVjp } from '../velocity-vjp';

export interface FlowBpOptions {
  active: number;
  lateBias: number;
  rescale: number;
}

export interface FlowBpPlan {
  /** Indices of the active steps, ascending. */
  active: number[];
}

export async function openFlowBp(
  bench: Bench,
  { run, options: { rescale }, inspect }: StepOptions<FlowBpOptions>,
): Promise<MethodStep<FlowBpPlan>> {
  const { sigmas, pictures } = bench;
  const steps = sigmas.length - 1;
  const delta = (i: number) => sigmas[i + 1] - sigmas[i];
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect });
  const call = await VelocityVjp.open(bench, { rows: pictures, intoX: false });
  return {
    async run({ plan: { active }, prompts, words, noise, onPhase }) {
      const onStep = (done: number) => onPhase('rollout', done, steps);
      const path = await bench.rollout({ x: noise, prompts, keep: active, onStep });
      onPhase('branches', 0, active.length + 1);
      const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words));
      const { reward, loss, gradient } = await score.run(rows, path.x);
      const tensors = inspect ? await score.tensors() : [];
      // The whole path runs from σ = 1 to 0.
      const c = 1 + rescale * (1 / active.reduce((sum, i) => sum - delta(i), 0) - 1);
      for (const [done, i] of active.entries()) {
        onPhase('branches', done + 1, active.length + 1);
        const x = path.kept.get(i)!;
        const { v } = await call.run(
          prompts,
          sigmas[i],
          x,
          gradient.map((g) => c * delta(i) * g),
        );
        if (inspect) tensors.push(bench.latentTensor(`x.${i}`, x), bench.latentTensor(`v.${i}`, v));
      }
      return { x0: path.x, reward, loss, metrics: {}, tensors };
    },
    destroy() {
      score.destroy();
      call.destroy();
    },
  };
}
