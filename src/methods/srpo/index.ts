/**
 * @file SRPO: Direct-Align with two branches and a relative reward of words (arXiv 2509.06942).
 */
import { directAlign, gammaDown, LEVELS } from '../direct-align';
import { alignmentLevels, sigmaStep } from '../direct-align/levels';
import { type SigmaPlan, sigmaPlan } from '../direct-align/plan';
import { gamma } from '../direct-align/recovery';
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
  timeline: {
    sees: 'recovery',
    calls: ['denoise branch', 'inversion branch'],
    /** The inversion branch goes up by Δσ, as far as the trained interval does. */
    gamma(run, sigma, call = 0) {
      if (call === 0) return gammaDown(run, sigma);
      const up = sigma + sigmaStep(run);
      return up <= run.timesteps.sigmaMax ? gamma(sigma, up) : null;
    },
    active({ run }, { sigmaIndex }) {
      const { denoise, inversion } = alignmentLevels(run, sigmaIndex);
      return [denoise.sigmaS, inversion.sigmaS];
    },
  },
  open: async (bench, options) =>
    (await import('../direct-align/branches')).openBranches(bench, options, ['denoise', 'inversion']),
};
