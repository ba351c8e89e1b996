/** @file What the columns of Compare differ by, how many there are, and their letters. */

export const AXES = ['sides', 'strengths', 'steps'] as const;
export type Axis = (typeof AXES)[number];

/** Columns at most. */
export const MOST_COLUMNS = 12;

export const letterOf = (side: number) => String.fromCharCode(65 + side);
