/** @file Q8_0: 32 weights d·q, q from −128 to 127. Planes: q; d. */
import { type Blocks, copy, half, putHalf } from './blocks';

export const q8_0: Blocks = {
  weights: 32,
  bytes: 34,
  halves: [0],
  planes: [32, 2],
  split(file, at, [quants, scales], block) {
    copy(file, at + 2, 32, quants, 32 * block);
    copy(file, at, 2, scales, 2 * block);
  },
  value: ([quants, scales], i) => half(scales, 2 * (i >> 5)) * ((quants[i] << 24) >> 24),
  encode(values, from, file, at) {
    let largest = 0;
    for (let i = from; i < from + 32; i++) {
      const size = Math.abs(values[i]);
      if (size > largest) largest = size;
    }
    const d = Math.fround(largest / 127);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const bits = putHalf(file, at, d);
    // A block so small that 1/d is no f32 is zero, as its d is in f16.
    const factor = inverse === Number.POSITIVE_INFINITY ? 0 : inverse;
    for (let i = 0; i < 32; i++) {
      const q = Math.fround(values[from + i] * factor);
      // Halves away from zero.
      file[at + 2 + i] = (q < 0 ? q - 0.5 : q + 0.5) | 0;
    }
    return bits < 0x7c00;
  },
};
