/**
 * @file The step of LeapAlign: the gradient of the rollout's picture goes back through the second leap, then the first.
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { PictureGradient } from '../picture-gradient';
import { rewardRow } from '../reward-form';
import { VelocityVjp } from '../velocity-vjp';

export interface LeapAlignOptions {
  alpha: number;
}

export interface LeapAlignPlan {
  /** Indices a < b that the leaps begin at. */
  leaps: [number, number];
}

export async function openLeapAlign(
  bench: Bench,
  { run, options: { alpha }, inspect }: StepOptions<LeapAlignOptions>,
): Promise<MethodStep<LeapAlignPlan>> {
  const { sigmas, pictures } = bench;
  const steps = sigmas.length - 1;
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect });
  const call = await VelocityVjp.open(bench, { rows: pictures, intoX: true });
  return {
    async run({ plan: { leaps }, prompts, words, noise, onPhase }) {
      const onStep = (done: number) => onPhase('rollout', done, steps);
      const path = await bench.rollout({ x: noise, prompts, keep: leaps, onStep });
      onPhase('branches', 0, 3);
      const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words));
      const { reward, loss, gradient } = await score.run(rows, path.x);
      const tensors = inspect ? await score.tensors() : [];
      const leap = async (i: number, upstream: Float32Array) => {
        const x = path.kept.get(i)!;
        const { v, dx } = await call.run(prompts, sigmas[i], x, upstream);
        if (inspect) tensors.push(bench.latentTensor(`x.${i}`, x), bench.latentTensor(`v.${i}`, v));
        return dx!;
      };
      const [a, b] = leaps;
      onPhase('branches', 1, 3);
      const through = await leap(
        b,
        gradient.map((g) => -sigmas[b] * g),
      );
      onPhase('branches', 2, 3);
      await leap(
        a,
        gradient.map((g, e) => (sigmas[b] - sigmas[a]) * (g + alpha * through[e])),
      );
      return { x0: path.x, reward, loss, metrics: {}, tensors };
    },
    destroy() {
      score.destroy();
      call.destroy();
    },
  };
}
