/** @file How well scores of pictures with a word lie above those of others. */

/** Below this area under the curve a word is weak. */
export const WEAK = 0.75;

export interface Separation {
  /** Area under the ROC curve: how often a picture with the word scores above another one; .5 is chance. */
  area: number;
  /** Distance of the two means, in units of the two groups' common standard deviation; null where that is 0. */
  margin: number | null;
}

/** @param withWord scores of pictures drawn with the word, at least one @param others of those drawn without it */
export function separation(withWord: readonly number[], others: readonly number[]): Separation {
  let above = 0;
  for (const a of withWord) for (const b of others) above += a > b ? 1 : a === b ? 0.5 : 0;
  const [mean, variance] = moments(withWord);
  const [meanOthers, varianceOthers] = moments(others);
  const spread = Math.sqrt((variance + varianceOthers) / 2);
  return {
    area: above / (withWord.length * others.length),
    margin: spread === 0 ? null : (mean - meanOthers) / spread,
  };
}

function moments(values: readonly number[]): [mean: number, variance: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length];
}

/** A weak word with a strong one, as one control word. */
export const pairOf = (strong: string, weak: string): string => `${strong}, ${weak}`;
