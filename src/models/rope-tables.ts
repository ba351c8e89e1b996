/**
 * @file Rotary positions of tokens as tables of cosines and sines (diffusers' FluxPosEmbed and Flux2PosEmbed).
 */
import { constant, type Value } from '../graph/graph';

/**
 * @param axes channels of each axis, even
 * @param positions of each token, one number an axis
 * @returns cos and sin [tokens, Σ axes / 2]
 */
export function ropeTables(
  axes: readonly number[],
  positions: readonly (readonly number[])[],
  theta: number,
): { cos: Value; sin: Value } {
  const tokens = positions.length;
  const half = axes.reduce((a, b) => a + b, 0) / 2;
  const cos = new Float32Array(tokens * half);
  const sin = new Float32Array(tokens * half);
  let at = 0;
  for (const position of positions) {
    axes.forEach((size, axis) => {
      for (let j = 0; j < size / 2; j++, at++) {
        const angle = position[axis] / theta ** ((2 * j) / size);
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    });
  }
  return { cos: constant('rope.cos', cos, [tokens, half]), sin: constant('rope.sin', sin, [tokens, half]) };
}

/** Row-major positions of a grid of image tokens. */
export function gridPositions([rows, columns]: readonly [number, number]): [row: number, column: number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}
