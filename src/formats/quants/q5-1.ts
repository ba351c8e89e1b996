/** @file Q5_1: 32 weights d·q + m, q of five bits. Planes: the lower four bits of q; the fifth; d and m. */
import { type Blocks, bit, copy, copyNibbles, half, nibble } from './blocks';

export const q5_1: Blocks = {
  weights: 32,
  bytes: 24,
  halves: [0, 2],
  planes: [16, 4, 4],
  split(file, at, [quants, fifths, scales], block) {
    copyNibbles(file, at + 8, 16, quants, 16 * block);
    copy(file, at + 4, 4, fifths, 4 * block);
    copy(file, at, 4, scales, 4 * block);
  },
  value([quants, fifths, scales], i) {
    const at = 4 * (i >> 5);
    return half(scales, at) * (nibble(quants, i) + 16 * bit(fifths, i)) + half(scales, at + 2);
  },
};
