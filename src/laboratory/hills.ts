/**
 * @file The rewards of the laboratory: a hill that is wanted and one that is not. They stand where pictures have words:
 *
 *     C(x) = 1/√(1 + |x − c|²/w²),  r = (1+κ)·C_wanted − C_unwanted
 */
export interface Hill {
  x: number;
  y: number;
}

/** The hills by the words that name them. */
export interface Hills {
  wanted: Hill;
  /** null where nothing is unwanted. */
  unwanted: Hill | null;
}

export const WORDS = ['wanted', 'unwanted'] as const;
/** Distance at which a hill has fallen to 0.71. */
export const WIDTH = 0.8;

/** C of one hill, 0 to 1. */
export const heightOf = (hill: Hill, x: number, y: number): number =>
  1 / Math.sqrt(1 + ((x - hill.x) ** 2 + (y - hill.y) ** 2) / WIDTH ** 2);

/** Reward of a point without κ: wanted less unwanted, −1 to 1. */
export const rewardAt = ({ wanted, unwanted }: Hills, x: number, y: number): number =>
  heightOf(wanted, x, y) - (unwanted ? heightOf(unwanted, x, y) : 0);
