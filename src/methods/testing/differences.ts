/** @file Central differences over the LoRA of a plane. */
import { expect } from 'vitest';
import { PictureGradient } from '../picture-gradient';
import { rewardRow } from '../reward-form';
import { Velocity } from '../velocity';
import type { PlaneBench } from './plane-bench';
import { type runOf, updateOf } from './plane-step';

/** The gradient in the bench is that of central differences of `loss`, at every third element of every factor. */
export async function expectDifferences(bench: PlaneBench, loss: () => Promise<number>): Promise<void> {
  const { gradient, lora } = bench;
  expect(Object.keys(gradient)).toEqual(Object.keys(lora));
  for (const [name, factor] of Object.entries(lora)) {
    const exact = gradient[name];
    const most = Math.max(...exact.map(Math.abs));
    expect(most, name).toBeGreaterThan(0);
    for (let i = 0; i < factor.length; i += 3) {
      const h = 2 ** -7;
      const at = factor[i];
      const lossAt = (value: number) => {
        factor[i] = value;
        return loss();
      };
      const numeric = ((await lossAt(at + h)) - (await lossAt(at - h))) / (2 * h);
      factor[i] = at;
      expect(Math.abs(numeric - exact[i]) / most, `${name} ${i}`).toBeLessThan(5e-3);
    }
  }
}

/** What a frozen path is built of: velocities with the LoRA as it is now, and the loss of pictures. */
export async function partsOf(run: ReturnType<typeof runOf>, bench: PlaneBench, seed: number) {
  const { prompts, words } = updateOf(run, bench, seed);
  const call = await Velocity.open(bench, 'trained');
  const score = await PictureGradient.open(bench, { margin: run.reward.margin, inspect: false });
  const rows = prompts.map((prompt) => rewardRow(run.reward.form, prompt, words));
  return {
    velocity: (x: Float32Array, i: number) => call.run(prompts, bench.sigmas[i], x),
    loss: async (x0: Float32Array) => (await score.run(rows, x0)).loss,
  };
}
