/**
 * @file Q5_K: 256 weights in eight sub-blocks of 32, d·sc·q − dmin·m, q of five bits. Planes: the lower four bits of q; the
 * fifth; sc and m of each sub-block, a byte each; d and dmin.
 */
import { type Blocks, bit, copyNibbles, nibble } from './blocks';
import { copyHalves, copyScales, scaled } from './k-scales';

export const q5_k: Blocks = {
  weights: 256,
  bytes: 176,
  halves: [0, 2],
  planes: [128, 32, 16, 4],
  split(file, at, [quants, fifths, scales, superscales], block) {
    for (let g = 0; g < 4; g++) copyNibbles(file, at + 48 + 32 * g, 32, quants, 128 * block + 32 * g);
    // Bit s of byte l belongs to weight l of sub-block s.
    for (let l = 0; l < 32; l++) {
      const byte = file[at + 16 + l];
      const to = 32 * block + (l >> 3);
      for (let s = 0; s < 8; s++) fifths[to + 4 * s] |= ((byte >> s) & 1) << (l & 7);
    }
    copyScales(file, at + 4, scales, 16 * block);
    copyHalves(file, at, superscales, block);
  },
  value: ([quants, fifths, scales, superscales], i) =>
    scaled(nibble(quants, i) + 16 * bit(fifths, i), scales, superscales, i),
};
