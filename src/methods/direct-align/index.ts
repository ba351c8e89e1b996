/**
 * @file Direct-Align: the reward sees a picture recovered in closed form from any noise level (arXiv 2509.06942).
 */
import type { RunFile } from '../../formats/run-file';
import type { Method } from '../method';
import { alignmentLevels, sigmaStep } from './levels';
import { type SigmaPlan, sigmaPlan } from './plan';
import { gamma } from './recovery';

/** γ of the recovery from σ down to σ − Δσ, at most to 0. */
export const gammaDown = (run: RunFile, sigma: number): number => gamma(sigma, Math.max(sigma - sigmaStep(run), 0));

/** Settings of the table of noise levels. */
export const LEVELS = ['timesteps.sigmaMin', 'timesteps.sigmaMax', 'timesteps.count', 'timesteps.step'] as const;

export const directAlign: Method<Record<string, never>, SigmaPlan, 'direct-align'> = {
  id: 'direct-align',
  label: 'Direct-Align',
  about: 'The first branch alone. Quicker, and easier to fool.',
  options: {},
  reads: [...LEVELS, 'reward.form', 'reward.kappaDenoise'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: true,
  differentiatesReward: true,
  metrics: [
    { name: 'sigmaIndex', label: 'index m', unit: null, chart: null },
    { name: 'sigma', label: 'level', unit: 'σ', chart: 'level' },
    { name: 'rewardDenoise', label: 'reward, denoise branch', unit: null, chart: 'reward' },
    { name: 'rewardInversion', label: 'reward, inversion branch', unit: null, chart: 'reward' },
    { name: 'lossDenoise', label: 'loss, denoise branch', unit: null, chart: 'loss' },
    { name: 'lossInversion', label: 'loss, inversion branch', unit: null, chart: 'loss' },
  ],
  ...sigmaPlan,
  timeline: {
    sees: 'recovery',
    gamma: gammaDown,
    active: ({ run }, { sigmaIndex }) => [alignmentLevels(run, sigmaIndex).denoise.sigmaS],
  },
  open: async (bench, options) => (await import('./branches')).openBranches(bench, options, ['denoise']),
};
