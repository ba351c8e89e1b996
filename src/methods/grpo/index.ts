/**
 * @file GRPO on a flow: Flow-GRPO (arXiv 2505.05470) or DanceGRPO (arXiv 2505.07818) by its SDE, over a window of steps as
 * in MixGRPO (arXiv 2507.21802).
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import { groupOption, klOption } from '../group-options';
import type { Method } from '../method';
import { choiceOption, flagOption, integerOption, realOption } from '../options';
import type { GrpoOptions, GrpoPlan } from './step';
import { SDES, type Sde } from './transition';

const ETA: Record<Sde, number> = { flow: 0.7, dance: 0.3 };

export const grpo: Method<GrpoOptions, GrpoPlan, 'grpo'> = {
  id: 'grpo',
  label: 'GRPO',
  about:
    'Draws a group of pictures for each prompt with random steps, and makes the steps that led to better ones than the group’s mean likelier. Needs no gradient of the reward, so anything can judge, but many pictures.',
  options: {
    sde: choiceOption<Sde>({
      default: 'flow',
      choices: SDES,
      label: 'SDE',
      help: 'How much noise a random step adds: flow adds more where there is more, dance the same everywhere.',
    }),
    eta: realOption({
      default: ETA.flow,
      min: 1e-3,
      max: 2,
      label: 'η',
      help: 'Strength of that noise.',
      defaultFor: ({ sde }) => ETA[sde as Sde] ?? ETA.flow,
    }),
    window: integerOption({
      default: 4,
      min: 1,
      max: 100,
      label: 'Window',
      help: 'Random steps of a rollout, at most all but the last.',
    }),
    advance: integerOption({
      default: 5,
      min: 1,
      max: 100_000,
      label: 'Advance',
      help: 'Updates after which the window moves on by a step, from the noise to the picture and round again.',
    }),
    clip: realOption({
      default: 1e-4,
      min: 1e-8,
      max: 1,
      label: 'Clip',
      help: 'How far the probability of a picture may move within an update before it stops counting.',
    }),
    kl: klOption({ default: 0, held: 'steps' }),
    inner: integerOption({
      default: 1,
      min: 1,
      max: 16,
      label: 'Passes',
      help: 'Optimizer steps over the same pictures.',
    }),
    group: groupOption,
    sameNoise: flagOption({
      default: true,
      label: 'Same noise',
      help: 'Pictures of a group begin from the same noise and differ by their random steps alone.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: false,
  metrics: [
    { name: 'rewardSpread', label: 'spread within a group', unit: null, chart: 'own' },
    { name: 'kl', label: 'KL from the base', unit: 'nats', chart: 'own' },
    { name: 'clipped', label: 'clipped share', unit: null, chart: null },
  ],
  group: ({ group }) => group,
  sharesNoise: ({ sameNoise }) => sameNoise,
  passes: ({ inner }) => inner,

  checkRun({ rollout }, _, file) {
    if (rollout.steps < 2) {
      throw new UserError(`${file}: "rollout.steps" is ${rollout.steps}, expected at least 2 for method "grpo".`);
    }
  },
  plan: z.strictObject(
    {
      window: z.tuple([integer(0, 1e4), integer(0, 1e4)], {
        error: 'a pair of step indices, [first, one after the last]',
      }),
    },
    { error: 'an object with "window"' },
  ),
  /** From the noise end, on by a step every `advance` updates; the last step of the rollout is never in it. */
  draw({ sigmas, update, options: { window, advance } }) {
    const steps = sigmas.length - 2;
    const length = Math.min(window, steps);
    const a = Math.floor(update / advance) % (steps - length + 1);
    return { window: [a, a + length] };
  },
  checkPlan({ sigmas }, { window: [a, b] }) {
    const most = sigmas.length - 2;
    if (a >= b || b > most) {
      throw new UserError(
        `The plan's "window" is [${a}, ${b}], expected [first, one after the last] within 0 to ${most}: the last step is never random.`,
      );
    }
  },
  extraNoise: (_, { window: [a, b] }) => ({ sde: b - a }),

  timeline: { sees: 'picture', gamma: () => null, active: ({ sigmas }, { window: [a, b] }) => sigmas.slice(a, b) },
  open: async (bench, options) => (await import('./step')).openGrpo(bench, options),
};
