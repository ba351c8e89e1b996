/**
 * @file The step of DRaFT-K: x_{i+1} = x_i + Δ_i·v(x_i) for the last K steps, the network's inputs in the chain.
 *
 * Backwards, with g = dL/dx_{i+1}: dL/dv_i = Δ_i·g, and dL/dx_i = g + (∂v_i/∂x_i)ᵀ·Δ_i·g. Each call is computed again when
 * its turn comes, so only the K points x_i are kept.
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import type { NoPlan } from '../no-plan';
import { PictureGradient } from '../picture-gradient';
import { rewardRow } from '../reward-form';
import { VelocityVjp } from '../velocity-vjp';

export interface DraftOptions {
  k: number;
}

export async function openDraft(
  bench: Bench,
  { run, options: { k }, inspect }: StepOptions<DraftOptions>,
): Promise<MethodStep<NoPlan>> {
  const { sigmas, pictures } = bench;
  const steps = sigmas.length - 1;
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect });
  const call = await VelocityVjp.open(bench, { rows: pictures, intoX: k > 1 });
  return {
    async run({ prompts, words, noise, onPhase }) {
      const first = steps - k;
      const onStep = (done: number) => onPhase('rollout', done, steps);
      const before = await bench.rollout({ x: noise, prompts, to: first, onStep });
      const keep = Array.from({ length: k }, (_, i) => first + i);
      const chain = await bench.rollout({ x: before.x, prompts, from: first, keep, guided: false, onStep });
      onPhase('branches', 0, k + 1);
      const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words));
      const { reward, loss, gradient } = await score.run(rows, chain.x);
      const tensors = inspect ? await score.tensors() : [];
      for (let i = steps - 1; i >= first; i--) {
        const delta = sigmas[i + 1] - sigmas[i];
        const x = chain.kept.get(i)!;
        const { v, dx } = await call.run(
          prompts,
          sigmas[i],
          x,
          gradient.map((g) => delta * g),
        );
        if (i > first)
          gradient.forEach((g, e) => {
            gradient[e] = g + dx![e];
          });
        if (inspect) tensors.push(bench.latentTensor(`x.${i}`, x), bench.latentTensor(`v.${i}`, v));
        onPhase('branches', steps - i, k + 1);
      }
      return { x0: chain.x, reward, loss, metrics: {}, tensors };
    },
    destroy() {
      score.destroy();
      call.destroy();
    },
  };
}
