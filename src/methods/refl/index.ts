/**
 * @file ReFL: the reward sees the ordinary one-step prediction at a late step (arXiv 2304.05977, on rectified flow).
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import type { Method } from '../method';
import type { ReflPlan } from './step';

/** Share of the steps, counted from the clean end, that i is drawn from. */
const LATE_SHARE = 0.44;

export const refl: Method<Record<string, never>, ReflPlan, 'refl'> = {
  id: 'refl',
  label: 'ReFL',
  about:
    'Rolls out to a late step and scores the picture that one more step predicts from there. Simple and quick, but early steps are never trained, where the prediction is a blur.',
  options: {},
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [{ name: 'sigma', label: 'level', unit: 'σ', chart: 'level' }],

  plan: z.strictObject({ step: integer(0, 1e4) }, { error: 'an object with "step"' }),
  /** i uniform over the last max(1, round(0.44 N)) indices. */
  draw({ sigmas }, random) {
    const steps = sigmas.length - 1;
    return { step: random.integer(steps - Math.max(1, Math.round(LATE_SHARE * steps)), steps) };
  },
  checkPlan({ sigmas }, { step }) {
    if (step > sigmas.length - 2) {
      throw new UserError(`The plan's "step" is ${step}, expected a whole number from 0 to ${sigmas.length - 2}.`);
    }
  },

  timeline: { sees: 'one-step', gamma: (_, sigma) => -sigma, active: ({ sigmas }, { step }) => [sigmas[step]] },
  open: async (bench, options) => (await import('./step')).openRefl(bench, options),
};
