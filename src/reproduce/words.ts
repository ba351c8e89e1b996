/**
 * @file The base's words, dealt out once for all: what is evaluated was neither trained on nor in the sample grids that the
 * best step and the learning rates are chosen by.
 */
import { PRESET } from '../align/preset';
import { UserError } from '../errors';

export interface DealtWords {
  training: string[];
  samples: string[];
  evaluation: string[];
}

/**
 * The built-in preset's prompts are trained on and its samples looked at, so that a cell of its settings is its run; the
 * base's other words are evaluated.
 *
 * @param groups words by group, as words.txt has them
 * @throws UserError where too few are left
 */
export function dealWords(
  groups: readonly (readonly string[])[],
  sizes: { samples: number; evaluation: number },
): DealtWords {
  const { prompts: training, samples } = PRESET;
  const left = groups.flat().filter((word) => !training.includes(word) && !samples.prompts.includes(word));
  if (left.length < sizes.evaluation) {
    throw new UserError(
      `The base has ${left.length} words beside the preset’s, too few to evaluate ${sizes.evaluation}.`,
    );
  }
  return {
    training,
    samples: samples.prompts.slice(0, sizes.samples),
    evaluation: left.slice(0, sizes.evaluation),
  };
}
