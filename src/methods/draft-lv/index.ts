/**
 * @file DRaFT-LV: the last step, and copies of the finished picture noised again to that step's level, for a gradient
 * of lower variance (arXiv 2309.17400).
 */
import type { Method } from '../method';
import { type NoPlan, noPlan } from '../no-plan';
import { integerOption } from '../options';
import type { DraftLvOptions } from './step';

export const draftLv: Method<DraftLvOptions, NoPlan, 'draft-lv'> = {
  id: 'draft-lv',
  label: 'DRaFT-LV',
  about:
    'Scores the finished picture through its last step, and noisy copies of it that go through the same step. The copies steady the gradient; it still trains the last level alone.',
  options: {
    copies: integerOption({
      default: 2,
      min: 0,
      max: 16,
      label: 'Copies',
      help: 'How often the finished picture is noised again.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [],

  ...noPlan,
  extraNoise: ({ options: { copies } }) => ({ renoise: copies }),

  timeline: {
    sees: 'picture',
    gamma: () => null,
    /** The last step, and each copy noised again to its level. */
    active: ({ sigmas, options: { copies } }) => Array.from({ length: 1 + copies }, () => sigmas[sigmas.length - 2]),
  },
  open: async (bench, options) => (await import('./step')).openDraftLv(bench, options),
};
