/**
 * @file The plan of a method that leaves nothing to chance: an empty object.
 */
import * as z from 'zod/mini';

export type NoPlan = Record<string, never>;

export const noPlan = {
  plan: z.strictObject({}, { error: 'an empty object' }) as unknown as z.ZodMiniType<NoPlan>,
  draw: (): NoPlan => ({}),
  checkPlan(): void {},
};
