/**
 * @file The base's words, dealt out once for all: what is evaluated was neither trained on, nor shown in a sample grid that
 * the best step is chosen by, nor used to choose a learning rate.
 */

import { PRESET } from '../align/preset';
import { UserError } from '../errors';

export interface DealtWords {
  training: string[];
  samples: string[];
  sweep: string[];
  evaluation: string[];
}

/**
 * Deals words round by round from their groups (animals, plants, …), so that each hand holds some of every group. The
 * preset's sample words go into the sample hand first: its runs and the comparison's look at the same grid.
 *
 * @param groups words by group, as words.txt has them
 * @throws UserError where there are too few
 */
export function dealWords(
  groups: readonly (readonly string[])[],
  sizes: { samples: number; sweep: number; evaluation: number },
): DealtWords {
  const longest = Math.max(...groups.map((group) => group.length), 0);
  const mixed = Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group[i] ?? [])).flat();
  const words = [...new Set(mixed)];
  const first = PRESET.samples.prompts.filter((word) => words.includes(word));
  const samples = [...first, ...words.filter((word) => !first.includes(word))].slice(0, sizes.samples);
  const left = words.filter((word) => !samples.includes(word) && !first.includes(word));
  const { sweep, evaluation } = sizes;
  if (left.length < sweep + evaluation + 1) {
    throw new UserError(
      `The base has ${words.length} words, too few for ${sizes.samples} in samples, ${sweep} in the sweep and ${evaluation} in the evaluation.`,
    );
  }
  // Every third word, from both ends of what is left, so that groups stay mixed.
  const take = (count: number) => Array.from({ length: count }, (_, i) => left.splice((i * 7) % left.length, 1)[0]);
  return { samples, sweep: take(sweep), evaluation: take(evaluation), training: left };
}
