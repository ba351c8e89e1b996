/**
 * @file FlowBP, sparse: the finished picture's gradient goes to a few steps of its own path, without a chain
 * (arXiv 2606.11075).
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import type { Method } from '../method';
import { integerOption, realOption } from '../options';
import type { FlowBpOptions, FlowBpPlan } from './step';

export const flowBp: Method<FlowBpOptions, FlowBpPlan, 'flowbp'> = {
  id: 'flowbp',
  label: 'FlowBP',
  about:
    'Scores the finished picture and hands its gradient to a few steps of the path that made it, each by itself. Any step can be trained and memory stays flat; what one step does to the later ones is left out.',
  options: {
    active: integerOption({ default: 3, min: 1, max: 100, label: 'Active steps', help: 'Steps that get a gradient.' }),
    lateBias: realOption({
      default: 2,
      min: 0,
      max: 20,
      label: 'Late bias',
      help: 'Step i is drawn with a weight of (i+1) to this power: 0 draws all alike, more draws late ones.',
    }),
    rescale: realOption({
      default: 1,
      min: 0,
      max: 1,
      label: 'Rescale',
      help: 'How much the active steps stand for the others: at 1 their lengths add up to the whole path.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [],

  checkRun({ rollout }, { active }, file) {
    if (active > rollout.steps) {
      throw new UserError(
        `${file}: "options.active" is ${active}, expected at most "rollout.steps", which is ${rollout.steps}.`,
      );
    }
  },
  plan: z.strictObject(
    { active: z.array(integer(0, 1e4), { error: 'a list of step indices' }).check(z.minLength(1)) },
    { error: 'an object with "active"' },
  ),
  /** Without replacement, p_i ∝ (i+1)^lateBias. */
  draw({ sigmas, options: { active, lateBias } }, random) {
    const left = Array.from({ length: sigmas.length - 1 }, (_, i) => i);
    const weight = (i: number) => (i + 1) ** lateBias;
    const drawn: number[] = [];
    while (drawn.length < active) {
      let rest = random.uniform() * left.reduce((sum, i) => sum + weight(i), 0);
      let at = 0;
      while (at < left.length - 1 && rest >= weight(left[at])) rest -= weight(left[at++]);
      drawn.push(...left.splice(at, 1));
    }
    return { active: drawn.sort((a, b) => a - b) };
  },
  checkPlan({ sigmas }, { active }) {
    const wrong = active.find((i, at) => i > sigmas.length - 2 || (at > 0 && i <= active[at - 1]));
    if (wrong !== undefined) {
      throw new UserError(
        `The plan's "active" holds ${wrong}, expected different steps from 0 to ${sigmas.length - 2}, ascending.`,
      );
    }
  },

  timeline: { sees: 'picture', gamma: () => null, active: ({ sigmas }, { active }) => active.map((i) => sigmas[i]) },
  open: async (bench, options) => (await import('./step')).openFlowBp(bench, options),
};
