/**
 * @file LeapAlign: two leaps in place of the rollout's many steps, from a random point to another and from there to the
 * picture (arXiv 2604.15311, restated in arXiv 2606.11075).
 *
 *     x̃_b = x_a + (σ_b − σ_a)·v(x_a),  value of x_b               a < b, x_a detached
 *     x̃_N = x̃_b − σ_b·v(α·x̃_b + (1−α)·sg(x̃_b)),  value of x_N    g = dL/dx_N
 *     dL/dv_b = −σ_b·g;   dL/dx_b = g − α·σ_b·(∂v_b/∂x_b)ᵀ·g;   dL/dv_a = (σ_b − σ_a)·dL/dx_b
 *
 * Each leap lands where the rollout did, so the reward sees the real x_N and calls are made at the rollout's own points.
 * Plan {"leaps": [a, b]}: two different indices of 0 … N−1, uniform over all pairs, ascending. Every pair has the same
 * weight: the paper's weight of a leap's likeness to the rollout is left out.
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import type { Method } from '../method';
import { realOption } from '../options';
import type { LeapAlignOptions, LeapAlignPlan } from './step';

export const leapAlign: Method<LeapAlignOptions, LeapAlignPlan, 'leapalign'> = {
  id: 'leapalign',
  label: 'LeapAlign',
  about:
    'Scores the finished picture and takes its gradient back in two leaps, each over many steps of the rollout. Any step can be trained and the two still know of each other, but a long leap only resembles the path it stands for.',
  options: {
    alpha: realOption({
      default: 0.3,
      min: 0,
      max: 1,
      label: 'α',
      help: 'How much of the gradient flows through the second leap’s input: 0 none, 1 all of it.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [],

  checkRun({ rollout }, _, file) {
    if (rollout.steps < 2) {
      throw new UserError(`${file}: "rollout.steps" is ${rollout.steps}, expected at least 2 for method "leapalign".`);
    }
  },
  plan: z.strictObject(
    { leaps: z.tuple([integer(0, 1e4), integer(0, 1e4)], { error: 'a pair of step indices, [first, second]' }) },
    { error: 'an object with "leaps"' },
  ),
  draw({ sigmas }, random) {
    const steps = sigmas.length - 1;
    const one = random.integer(0, steps);
    const other = random.integer(0, steps - 1);
    const two = other < one ? other : other + 1;
    return { leaps: [Math.min(one, two), Math.max(one, two)] };
  },
  checkPlan({ sigmas }, { leaps: [a, b] }) {
    const last = sigmas.length - 2;
    if (a >= b || b > last) {
      throw new UserError(
        `The plan's "leaps" are [${a}, ${b}], expected two different steps from 0 to ${last}, ascending.`,
      );
    }
  },

  timeline: { sees: 'picture', gamma: () => null, active: ({ sigmas }, { leaps }) => leaps.map((i) => sigmas[i]) },
  open: async (bench, options) => (await import('./step')).openLeapAlign(bench, options),
};
