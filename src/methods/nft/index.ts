/**
 * @file DiffusionNFT: learns from good and bad pictures in the forward process (arXiv 2509.16117).
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import { groupOption, klOption } from '../group-options';
import type { Method } from '../method';
import { integerOption, pairOption, realOption } from '../options';
import type { NftOptions, NftPlan } from './step';

export const nft: Method<NftOptions, NftPlan, 'nft'> = {
  id: 'nft',
  label: 'DiffusionNFT',
  about:
    'Draws a group of pictures for each prompt, noises them again, and pulls the velocity towards the better ones and away from the worse. Needs no gradient of the reward and no random steps; pictures of your own will do.',
  options: {
    group: groupOption,
    beta: realOption({
      default: 1,
      min: 1e-3,
      max: 10,
      label: 'β',
      help: 'How far the good and the bad velocity lie from the old one; small ones learn faster and less steadily.',
    }),
    kl: klOption({ default: 1e-4, held: 'velocities' }),
    times: integerOption({
      default: 4,
      min: 1,
      max: 100,
      label: 'Levels',
      help: 'Noise levels a picture is learnt at, at most all of the rollout’s below 1.',
    }),
    oldDecay: pairOption({
      default: [0.001, 0.5],
      min: 0,
      max: 1,
      label: 'Old LoRA',
      help: 'How much of itself the LoRA that draws keeps after an update: the first number times the update, at most the second.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: true,
  differentiatesReward: false,
  metrics: [
    { name: 'rewardSpread', label: 'spread within a group', unit: null, chart: 'own' },
    { name: 'drift', label: 'square distance from the base', unit: null, chart: 'own' },
  ],
  group: ({ group }) => group,
  oldLora: { keeps: ({ oldDecay: [rate, most] }, update) => Math.min(rate * update, most) },

  checkRun({ rollout }, _, file) {
    if (rollout.steps < 2) {
      throw new UserError(`${file}: "rollout.steps" is ${rollout.steps}, expected at least 2 for method "nft".`);
    }
  },
  plan: z.strictObject(
    { steps: z.array(integer(0, 1e4), { error: 'a list of step indices' }).check(z.minLength(1)) },
    { error: 'an object with "steps"' },
  ),
  /** Without replacement, each level below σ = 1 alike. */
  draw({ sigmas, options: { times } }, random) {
    const left = Array.from({ length: sigmas.length - 2 }, (_, i) => i + 1);
    const steps = Array.from(
      { length: Math.min(times, left.length) },
      () => left.splice(random.integer(0, left.length), 1)[0],
    );
    return { steps: steps.sort((a, b) => a - b) };
  },
  checkPlan({ sigmas }, { steps }) {
    const wrong = steps.find((i, at) => i < 1 || i > sigmas.length - 2 || steps.indexOf(i) < at);
    if (wrong !== undefined) {
      throw new UserError(
        `The plan's "steps" holds ${wrong}, expected different indices from 1 to ${sigmas.length - 2}: levels below 1.`,
      );
    }
  },
  extraNoise: () => ({ target: 1 }),

  timeline: { sees: 'picture', gamma: () => null, active: ({ sigmas }, { steps }) => steps.map((i) => sigmas[i]) },
  open: async (bench, options) => (await import('./step')).openNft(bench, options),
};
