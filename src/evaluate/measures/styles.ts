/** @file Which styles are wanted, and how much of them a picture has. */
import type { JudgeLabels } from '../judge-files';

const plain = (word: string) => word.trim().toLowerCase();

/** Ids of the styles that have one of the words, in the order of the labels. */
export function wantedStyles({ styles }: Pick<JudgeLabels, 'styles'>, words: readonly string[]): string[] {
  const wanted = new Set(words.map(plain));
  return styles.filter((style) => style.words.some((word) => wanted.has(plain(word)))).map(({ id }) => id);
}

/** Index of the likeliest style. */
export function likeliest(probabilities: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i] > probabilities[best]) best = i;
  return best;
}
