/** @file The score of pictures by words: the relative reward, (1+κ)·C₊ − C₋, each the mean over its words. */
export interface WordScores {
  words: readonly string[];
  /** By reward: f·C of each picture and word, in thousandths. */
  scores: Readonly<Record<string, readonly (readonly number[])[]>>;
}

export interface ScoredBy {
  reward: string;
  more: readonly string[];
  less: readonly string[];
  kappa: number;
}

/** One a picture; words that are not known count nothing. */
export function scoresOf({ words, scores }: WordScores, { reward, more, less, kappa }: ScoredBy): number[] {
  const mean = (row: readonly number[], chosen: readonly string[]) => {
    const known = chosen.map((word) => words.indexOf(word)).filter((i) => i >= 0);
    return known.reduce((sum, i) => sum + row[i] / 1000, 0) / Math.max(1, known.length);
  };
  return scores[reward].map((row) => (1 + kappa) * mean(row, more) - mean(row, less));
}
