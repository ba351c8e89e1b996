/** @file Colours and sizes of the sheets: those of the studio in light, which print well. */
export const COLOURS = {
  text: '#161a21',
  dim: '#525e6f',
  line: '#dde2ea',
  accent: '#4250d0',
  positive: '#0a7969',
  negative: '#a84e09',
} as const;

/** Font sizes. */
export const SIZES = { title: 24, text: 15 } as const;
/** From baseline to baseline, in font sizes. */
export const LEADING = 1.4;
/** Blank around a sheet, and between its pictures. */
export const EDGE = 24;
export const GAP = 12;
