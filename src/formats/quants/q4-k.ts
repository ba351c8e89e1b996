/**
 * @file Q4_K: 256 weights in eight sub-blocks of 32, d·sc·q − dmin·m, q of four bits. Planes: q; sc and m of each
 * sub-block, a byte each; d and dmin.
 */
import { type Blocks, copyNibbles, nibble } from './blocks';
import { copyHalves, copyScales, scaled } from './k-scales';

export const q4_k: Blocks = {
  weights: 256,
  bytes: 144,
  halves: [0, 2],
  planes: [128, 16, 4],
  split(file, at, [quants, scales, superscales], block) {
    for (let g = 0; g < 4; g++) copyNibbles(file, at + 16 + 32 * g, 32, quants, 128 * block + 32 * g);
    copyScales(file, at + 4, scales, 16 * block);
    copyHalves(file, at, superscales, block);
  },
  value: ([quants, scales, superscales], i) => scaled(nibble(quants, i), scales, superscales, i),
};
