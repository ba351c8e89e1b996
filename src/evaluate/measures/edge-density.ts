/** @file How much of a picture is edges. */
import type { FloatPicture } from '../../align/picture';

/**
 * Mean of |∂x| + |∂y| of the grey mean, one-pixel differences to the right and down, over the pixels that have both.
 */
export function edgeDensity({ width, height, data }: FloatPicture): number {
  if (width < 2 || height < 2) return 0;
  const grey = (x: number, y: number) => {
    const i = (y * width + x) * 3;
    return (data[i] + data[i + 1] + data[i + 2]) / 3;
  };
  let sum = 0;
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const here = grey(x, y);
      sum += Math.abs(grey(x + 1, y) - here) + Math.abs(grey(x, y + 1) - here);
    }
  }
  return sum / ((width - 1) * (height - 1));
}
