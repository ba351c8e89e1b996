/** @file Q4_1: 32 weights d·q + m, q of four bits. Planes: q; d and m. */
import { type Blocks, copy, copyNibbles, half, nibble } from './blocks';

export const q4_1: Blocks = {
  weights: 32,
  bytes: 20,
  halves: [0, 2],
  planes: [16, 4],
  split(file, at, [quants, scales], block) {
    copyNibbles(file, at + 4, 16, quants, 16 * block);
    copy(file, at, 4, scales, 4 * block);
  },
  value([quants, scales], i) {
    const at = 4 * (i >> 5);
    return half(scales, at) * nibble(quants, i) + half(scales, at + 2);
  },
};
