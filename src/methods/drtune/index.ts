/**
 * @file DRTune: the reward sees one long step at the end, and its gradient reaches equally spaced steps because nothing
 * flows through the network's input (arXiv 2405.00760, on rectified flow as in arXiv 2606.11075).
 *
 *     x_{i+1} = x_i + Δ_i·v(sg(x_i)),  i < e;   x̂ = x_e − σ_e·v(sg(x_e));   g = dL/dx̂
 *     dL/dv_i = Δ_i·g for an active i < e,  −σ_e·g for i = e where that is active
 *
 * Plan {"active": [i, …], "stop": e}: e uniform over the last max(1, round(0.4 N)) indices; with K = `options.active` and
 * d = ⌊(e+1)/K⌋, the active steps are s, s+d, …, s+(K−1)d, s uniform over all that fit up to e. Active steps take the
 * conditional velocity alone, the others are guided where the model embeds no guidance.
 */
import * as z from 'zod/mini';
import { UserError } from '../../errors';
import { integer } from '../../formats/schema';
import type { Method } from '../method';
import { integerOption } from '../options';
import type { DrTuneOptions, DrTunePlan } from './step';

/** Share of the steps, counted from the clean end, that the stop is drawn from. */
const STOP_SHARE = 0.4;

/** The first index that a rollout of that many steps may stop at. */
const firstStop = (steps: number): number => steps - Math.max(1, Math.round(STOP_SHARE * steps));

export const drTune: Method<DrTuneOptions, DrTunePlan, 'drtune'> = {
  id: 'drtune',
  label: 'DRTune',
  about:
    'Stops the rollout early, scores the picture that one long step predicts from there, and trains a few steps spread over the way. Early steps get their share without a chain, but what a step does to the later ones’ input is left out.',
  options: {
    active: integerOption({
      default: 3,
      min: 1,
      max: 100,
      label: 'Active steps',
      help: 'Steps that get a gradient, equally spaced.',
    }),
  },
  reads: ['reward.form'],
  forms: ['relative', 'positive', 'prompt'],
  takesPictures: false,
  differentiatesReward: true,
  metrics: [{ name: 'sigma', label: 'level', unit: 'σ', chart: 'level' }],

  checkRun({ rollout: { steps } }, { active }, file) {
    const most = firstStop(steps) + 1;
    if (active > most) {
      throw new UserError(
        `${file}: "options.active" is ${active}, expected at most ${most}: a rollout of ${steps} steps may stop after so many.`,
      );
    }
  },
  plan: z.strictObject(
    {
      active: z.array(integer(0, 1e4), { error: 'a list of step indices' }).check(z.minLength(1)),
      stop: integer(0, 1e4),
    },
    { error: 'an object with "active" and "stop"' },
  ),
  draw({ sigmas, options: { active: count } }, random) {
    const steps = sigmas.length - 1;
    const stop = random.integer(firstStop(steps), steps);
    const distance = Math.floor((stop + 1) / count);
    const start = random.integer(0, stop + 1 - (count - 1) * distance);
    return { active: Array.from({ length: count }, (_, m) => start + m * distance), stop };
  },
  checkPlan({ sigmas }, { active, stop }) {
    const last = sigmas.length - 2;
    if (stop > last) throw new UserError(`The plan's "stop" is ${stop}, expected a whole number from 0 to ${last}.`);
    const wrong = active.find((i, at) => i > stop || (at > 0 && i <= active[at - 1]));
    if (wrong !== undefined) {
      throw new UserError(
        `The plan's "active" holds ${wrong}, expected different steps from 0 to its "stop", ${stop}, ascending.`,
      );
    }
  },

  timeline: { sees: 'one-step', gamma: () => null, active: ({ sigmas }, { active }) => active.map((i) => sigmas[i]) },
  open: async (bench, options) => (await import('./step')).openDrTune(bench, options),
};
