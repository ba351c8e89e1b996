/**
 * @file What a reward scores a row of pictures by: texts with coefficients, from the run's reward form.
 *
 * - `relative`: f·((1+κ)·C₊ − C₋), SRPO's (arXiv 2509.06942, eqs. 9–11); C₊ and C₋ change places in the inversion branch
 * - `positive`: f·C₊, the prompt with a wanted word before it (eq. 8)
 * - `prompt`: f·C of the prompt without a word, what the baselines of that paper score
 */
import type { RewardForm } from '../formats/run-file';

export type { RewardForm };

/** What one row's reward is: Σ weight · f·C(text) for rewards that read text, `wordless` · r for the others. */
export interface RewardRow {
  prompt: string;
  /** `word` is put before the prompt; null scores the prompt alone. */
  texts: readonly { weight: number; word: string | null }[];
  wordless: number;
}

export interface RewardWords {
  positive: string;
  negative: string;
}

/**
 * The row of a prompt.
 *
 * @param kappa κ of the wanted words; 0 but for `srpo` and `direct-align`
 * @param swapped wanted and unwanted words change places, as in SRPO's inversion branch: only `relative` knows it
 */
export function rewardRow(form: RewardForm, prompt: string, words: RewardWords, kappa = 0, swapped = false): RewardRow {
  if (form === 'positive') return { prompt, texts: [{ weight: 1, word: words.positive }], wordless: 1 };
  if (form === 'prompt') return { prompt, texts: [{ weight: 1, word: null }], wordless: 1 };
  const [plus, minus] = swapped ? [words.negative, words.positive] : [words.positive, words.negative];
  return {
    prompt,
    texts: [
      { weight: 1 + kappa, word: plus },
      { weight: -1, word: minus },
    ],
    wordless: swapped ? -1 : 1 + kappa,
  };
}

/** The text that is encoded for a word: `3d render. cat face`. */
export const textOf = (prompt: string, word: string | null): string => (word === null ? prompt : `${word}. ${prompt}`);
