/**
 * @file DRaFT-K: backpropagation through the last K steps of the rollout (arXiv 2309.17400).
 */
import { UserError } from '../../errors';
import type { Method } from '../method';
import { type NoPlan, noPlan } from '../no-plan';
import { integerOption } from '../options';
import type { DraftOptions } from './step';

export const draft: Method<DraftOptions, NoPlan, 'draft'> = {
  id: 'draft',
  label: 'DRaFT',
  about:
    'Scores the finished picture and sends the gradient back through the last K steps, one after the other. Exact for what it trains, but time grows with K and early steps, which decide the most, stay out of reach.',
  options: {
    k: integerOption({ default: 1, min: 1, max: 8, label: 'Steps K', help: 'Last steps that are differentiated.' }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [],

  checkRun({ rollout }, { k }, file) {
    if (k > rollout.steps) {
      throw new UserError(`${file}: "options.k" is ${k}, expected at most "rollout.steps", which is ${rollout.steps}.`);
    }
  },
  ...noPlan,

  timeline: { sees: 'picture', gamma: () => null, active: ({ sigmas, options: { k } }) => sigmas.slice(-1 - k, -1) },
  open: async (bench, options) => (await import('./step')).openDraft(bench, options),
};
