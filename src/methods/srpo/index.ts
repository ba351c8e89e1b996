/**
 * @file SRPO: Direct-Align with two branches and a relative reward of words (arXiv 2509.06942).
 */
import { directAlign, LEVELS, recoveryTimeline } from '../direct-align';
import { type SigmaPlan, sigmaPlan } from '../direct-align/plan';
import type { Method } from '../method';

export const srpo: Method<Record<string, never>, SigmaPlan, 'srpo'> = {
  id: 'srpo',
  label: 'SRPO',
  about: 'Two branches: one towards “more of”, one away from “less of”. Resists reward hacking.',
  options: {},
  reads: [...LEVELS, 'reward.kappaDenoise', 'reward.kappaInversion'],
  forms: ['relative'],
  takesPictures: true,
  differentiatesReward: true,
  metrics: directAlign.metrics,
  ...sigmaPlan,
  timeline: recoveryTimeline,
  open: async (bench, options) =>
    (await import('../direct-align/branches')).openBranches(bench, options, ['denoise', 'inversion']),
};
