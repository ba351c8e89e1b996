/**
 * @file The step of DRTune. With the inputs stopped, x̂ is a sum of velocities: x̂ = x_0 + Σ_{i<e} Δ_i·v_i − σ_e·v_e.
 */
import type { Bench } from '../bench';
import type { MethodStep, StepOptions } from '../method';
import { PictureGradient } from '../picture-gradient';
import { rewardRow } from '../reward-form';
import { VelocityVjp } from '../velocity-vjp';

export interface DrTuneOptions {
  active: number;
}

export interface DrTunePlan {
  /** Indices of the active steps, ascending, up to `stop`. */
  active: number[];
  /** Index e of the step that the picture is predicted from. */
  stop: number;
}

export async function openDrTune(
  bench: Bench,
  { run, inspect }: StepOptions<DrTuneOptions>,
): Promise<MethodStep<DrTunePlan>> {
  const { sigmas, pictures } = bench;
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect });
  const call = await VelocityVjp.open(bench, { rows: pictures, intoX: false });
  return {
    async run({ plan: { active, stop }, prompts, words, noise, onPhase }) {
      let [x, from] = [Float32Array.from(noise), 0];
      const roll = async (to: number, guided: boolean) => {
        const at = from;
        const onStep = (done: number) => onPhase('rollout', at + done, stop + 1);
        ({ x } = await bench.rollout({ x, prompts, from, to, guided, onStep }));
        from = to;
        return x;
      };
      const points = new Map<number, Float32Array<ArrayBuffer>>();
      for (const i of new Set([...active, stop])) {
        points.set(i, await roll(i, true));
        await roll(i + 1, !active.includes(i));
      }
      // The last step goes on to σ = 0.
      const longer = sigmas[stop] / (sigmas[stop] - sigmas[stop + 1]);
      const x0 = points.get(stop)!.map((value, e) => value + longer * (x[e] - value));

      onPhase('branches', 0, active.length + 1);
      const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words));
      const { reward, loss, gradient } = await score.run(rows, x0);
      const tensors = inspect ? await score.tensors() : [];
      for (const [done, i] of active.entries()) {
        onPhase('branches', done + 1, active.length + 1);
        const length = i === stop ? -sigmas[i] : sigmas[i + 1] - sigmas[i];
        const point = points.get(i)!;
        const { v } = await call.run(
          prompts,
          sigmas[i],
          point,
          gradient.map((g) => length * g),
        );
        if (inspect) tensors.push(bench.latentTensor(`x.${i}`, point), bench.latentTensor(`v.${i}`, v));
      }
      const sigma = sigmas[stop];
      return { x0, reward, loss, metrics: { sigma }, tensors };
    },
    destroy() {
      score.destroy();
      call.destroy();
    },
  };
}
