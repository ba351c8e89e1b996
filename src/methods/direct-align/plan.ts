/**
 * @file The plan of Direct-Align and SRPO: the index m into the table of noise levels.
 */
import * as z from 'zod/mini';
import { integer } from '../../formats/schema';
import type { PlanContext, RandomSource } from '../method';
import { alignmentLevels, TABLE_MARGIN } from './levels';

export interface SigmaPlan {
  sigmaIndex: number;
}

export const sigmaPlan = {
  plan: z.strictObject({ sigmaIndex: integer(0, 1e6) }, { error: 'an object with "sigmaIndex"' }),

  /** m uniform in [5, count − 5). */
  draw: ({ run }: PlanContext<unknown>, random: RandomSource): SigmaPlan => ({
    sigmaIndex: random.integer(TABLE_MARGIN, run.timesteps.count - TABLE_MARGIN),
  }),

  /** @throws UserError where m is outside the table */
  checkPlan({ run }: PlanContext<unknown>, { sigmaIndex }: SigmaPlan): void {
    alignmentLevels(run, sigmaIndex);
  },
};
