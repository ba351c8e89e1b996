/** @file Q5_0: 32 weights d·(q − 16), q of five bits. Planes: the lower four bits of q; the fifth; d. */
import { type Blocks, bit, copy, copyNibbles, half, nibble } from './blocks';

export const q5_0: Blocks = {
  weights: 32,
  bytes: 22,
  halves: [0],
  planes: [16, 4, 2],
  split(file, at, [quants, fifths, scales], block) {
    copyNibbles(file, at + 6, 16, quants, 16 * block);
    copy(file, at + 2, 4, fifths, 4 * block);
    copy(file, at, 2, scales, 2 * block);
  },
  value: ([quants, fifths, scales], i) => half(scales, 2 * (i >> 5)) * (nibble(quants, i) + 16 * bit(fifths, i) - 16),
};
