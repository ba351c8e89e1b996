/**
 * @file Q6_K: 256 weights in sixteen sub-blocks of 16, d·scale·(q − 32), q of six bits, scale from −128 to 127. Planes: the
 * lower four bits of q; the upper two; the scales; d.
 */
import { type Blocks, copy, copyNibbles, half, nibble, twoBits } from './blocks';

export const q6_k: Blocks = {
  weights: 256,
  bytes: 210,
  halves: [208],
  planes: [128, 64, 16, 2],
  split(file, at, [quants, uppers, scales, superscales], block) {
    for (let h = 0; h < 2; h++) {
      copyNibbles(file, at + 64 * h, 64, quants, 128 * block + 64 * h);
      // Bits 2t and 2t + 1 of byte l belong to weight l + 32·t.
      for (let l = 0; l < 32; l++) {
        const byte = file[at + 128 + 32 * h + l];
        const to = 64 * block + 32 * h + (l >> 2);
        for (let t = 0; t < 4; t++) uppers[to + 8 * t] |= ((byte >> (2 * t)) & 3) << (2 * (l & 3));
      }
    }
    copy(file, at + 192, 16, scales, 16 * block);
    copy(file, at + 208, 2, superscales, 2 * block);
  },
  value([quants, uppers, scales, superscales], i) {
    const q = nibble(quants, i) + 16 * twoBits(uppers, i) - 32;
    return half(superscales, 2 * (i >> 8)) * ((scales[i >> 4] << 24) >> 24) * q;
  },
};
