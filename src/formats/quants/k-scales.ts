/** @file The scales that Q4_K and Q5_K share: of each of eight sub-blocks of 32 weights a scale and a minimum of six bits. */
import { copy, half } from './blocks';

/** Twelve bytes D[4] M[4] X[4] at `at` of the file as bytes sc_0, m_0, sc_1, m_1 … */
export function copyScales(file: Uint8Array, at: number, plane: Uint8Array, to: number): void {
  for (let j = 0; j < 4; j++) {
    const [d, m, x] = [file[at + j], file[at + 4 + j], file[at + 8 + j]];
    plane[to + 2 * j] = d & 63;
    plane[to + 2 * j + 1] = m & 63;
    plane[to + 8 + 2 * j] = (x & 15) | ((d >> 2) & 48);
    plane[to + 8 + 2 * j + 1] = (x >> 4) | ((m >> 2) & 48);
  }
}

/** d and dmin of a block, which begin its file. */
export const copyHalves = (file: Uint8Array, at: number, plane: Uint8Array, block: number): void =>
  copy(file, at, 4, plane, 4 * block);

/** d·sc·q − dmin·m of weight i, whose number is q. */
export function scaled(q: number, scales: Uint8Array, superscales: Uint8Array, i: number): number {
  const block = 4 * (i >> 8);
  const sub = 2 * (i >> 5);
  return half(superscales, block) * scales[sub] * q - half(superscales, block + 2) * scales[sub + 1];
}
