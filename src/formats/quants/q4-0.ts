/** @file Q4_0: 32 weights d·(q − 8), q of four bits. Planes: q; d. */
import { type Blocks, copy, copyNibbles, half, nibble, putHalf } from './blocks';

export const q4_0: Blocks = {
  weights: 32,
  bytes: 18,
  halves: [0],
  planes: [16, 2],
  split(file, at, [quants, scales], block) {
    copyNibbles(file, at + 2, 16, quants, 16 * block);
    copy(file, at, 2, scales, 2 * block);
  },
  value: ([quants, scales], i) => half(scales, 2 * (i >> 5)) * (nibble(quants, i) - 8),
  encode(values, from, file, at) {
    // The weight that is farthest from zero becomes −8·d, whatever its sign.
    let farthest = values[from];
    for (let i = from; i < from + 32; i++) if (Math.abs(values[i]) > Math.abs(farthest)) farthest = values[i];
    const d = Math.fround(farthest / -8);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const bits = putHalf(file, at, d);
    const q = (i: number) => {
      // A block so small that 1/d is no f32 is zero, as its d is in f16.
      if (!Number.isFinite(inverse)) return 8;
      return Math.min(15, Math.trunc(Math.fround(Math.fround(values[from + i] * inverse) + 8.5)));
    };
    for (let i = 0; i < 16; i++) file[at + 2 + i] = q(i) | (q(i + 16) << 4);
    return (bits & 0x7fff) < 0x7c00;
  },
};
