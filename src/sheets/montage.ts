/** @file Pictures of one size side by side in one, pixel for pixel, as a recording keeps them. */
import type { FloatPicture } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import { rgbaOf } from './rgba';

/** @param rows of pictures, all of one size; rows may be of different length, and what is left is white */
export function montage(rows: readonly (readonly (FloatPicture | RgbaPicture)[])[]): RgbaPicture {
  const { width, height } = rows[0][0];
  const across = Math.max(...rows.map((row) => row.length));
  const data = new Uint8ClampedArray(across * width * rows.length * height * 4).fill(255);
  rows.forEach((row, v) => {
    row.forEach((picture, u) => {
      const from = rgbaOf(picture).data;
      for (let y = 0; y < height; y++) {
        const line = from.subarray(y * width * 4, (y + 1) * width * 4);
        data.set(line, ((v * height + y) * across + u) * width * 4);
      }
    });
  });
  return { width: across * width, height: rows.length * height, data };
}
