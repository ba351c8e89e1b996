/**
 * @file The alignment methods. A new one is a folder of its own and one line here.
 */
import { UserError } from '../errors';
import { directAlign } from './direct-align';
import { draft } from './draft';
import { draftLv } from './draft-lv';
import { drTune } from './drtune';
import { flowBp } from './flowbp';
import { grpo } from './grpo';
import { leapAlign } from './leapalign';
import type { Method } from './method';
import { nft } from './nft';
import { refl } from './refl';
import { srpo } from './srpo';

const ALL = [srpo, directAlign, refl, draft, draftLv, drTune, leapAlign, flowBp, grpo, nft] as const;

export type MethodId = (typeof ALL)[number]['id'];

/** In the order in which they are offered. */
export const METHODS: readonly Method<any, any, MethodId>[] = ALL;

export const METHOD_IDS: readonly MethodId[] = ALL.map(({ id }) => id);

/** @throws UserError naming the methods there are, where `id` is none of them */
export function methodOf(id: string): Method<any, any, MethodId> {
  const found = METHODS.find((method) => method.id === id);
  if (!found) throw new UserError(`Unknown method "${id}", expected one of ${METHOD_IDS.join(', ')}.`);
  return found;
}
