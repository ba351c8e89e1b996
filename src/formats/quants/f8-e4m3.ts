/** @file fp8 E4M3, a byte a weight; a scale of the whole tensor may lie beside it in the file. Planes: the bytes. */
import { e4m3 } from '../small-floats';
import type { Blocks } from './blocks';

export const f8_e4m3: Blocks = {
  weights: 1,
  bytes: 1,
  halves: [],
  planes: [1],
  scaled: true,
  value: ([bytes], i) => e4m3()[bytes[i]],
};
