/** @file What each of the four runs of the lesson on hacking was. */
export const RUN_NAMES = {
  good: 'SRPO, stopped in time',
  long: 'SRPO, far too long',
  weak: 'SRPO, words that say nearly the same',
  vivid: 'DRaFT, a reward that likes what no data has',
} as const;
