/** @file The hacking gauge: how far pictures lie outside the spread of real ones of the wanted style. */
import type { RealPictures, Spread } from '../judge-files';

/** What the gauge looks at. */
export const GAUGED = ['saturation', 'edgeDensity', 'quality'] as const;
export type Gauged = Record<(typeof GAUGED)[number], number>;

/** How far a value lies outside [p5, p95], in units of that interval's width; 0 inside. */
export function outside(value: number, { p5, p95 }: Pick<Spread, 'p5' | 'p95'>): number {
  const beyond = Math.max(p5 - value, value - p95, 0);
  // A spread without width, as the saturation of black and white pictures may have, counts in whole units.
  return beyond === 0 ? 0 : beyond / (p95 - p5 || 1);
}

/** The distance of each mean from the nearest of the wanted styles. */
export function distances(means: Gauged, styles: readonly RealPictures[]): Gauged {
  const nearest = (name: keyof Gauged) => Math.min(...styles.map((style) => outside(means[name], style[name])));
  return { saturation: nearest('saturation'), edgeDensity: nearest('edgeDensity'), quality: nearest('quality') };
}

/** The largest of the three distances; null where no style is wanted. */
export function gauge(means: Gauged, styles: readonly RealPictures[]): number | null {
  if (styles.length === 0) return null;
  const each = distances(means, styles);
  return Math.max(...GAUGED.map((name) => each[name]));
}
