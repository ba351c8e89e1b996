/** @file A picture in another size, on the CPU. */
import type { FloatPicture } from '../align/picture';
import { resizeMatrix } from '../ops/resize';

const matrices = new Map<string, Float32Array>();
function matrixOf(from: number, to: number): Float32Array {
  const key = `${from} ${to}`;
  const matrix = matrices.get(key) ?? resizeMatrix(from, to);
  matrices.set(key, matrix);
  return matrix;
}

/** Resized as a reward's tower does it, bicubic with antialiasing, cut to 0 … 1; a picture of that size as it is. */
export function resized(picture: FloatPicture, width: number, height: number): FloatPicture {
  if (picture.width === width && picture.height === height) return picture;
  const across = matrixOf(picture.width, width);
  const down = matrixOf(picture.height, height);
  const lines = new Float64Array(picture.height * width * 3);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let u = 0; u < picture.width; u++) {
          const weight = across[x * picture.width + u];
          if (weight !== 0) sum += weight * picture.data[(y * picture.width + u) * 3 + c];
        }
        lines[(y * width + x) * 3 + c] = sum;
      }
  const data = new Float32Array(width * height * 3);
  const row = width * 3;
  for (let y = 0; y < height; y++)
    for (let i = 0; i < row; i++) {
      let sum = 0;
      for (let v = 0; v < picture.height; v++) {
        const weight = down[y * picture.height + v];
        if (weight !== 0) sum += weight * lines[v * row + i];
      }
      data[y * row + i] = Math.min(1, Math.max(0, sum));
    }
  return { width, height, data };
}
