/**
 * @file Pictures as the decoder gives them: [H, W, 3] floats in [0, 1].
 */
export interface FloatPicture {
  width: number;
  height: number;
  data: Float32Array;
}

/** Mean over pixels of max − min over RGB: the reward-hacking gauge. */
export function saturation(rgb: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < rgb.length; i += 3) {
    sum += Math.max(rgb[i], rgb[i + 1], rgb[i + 2]) - Math.min(rgb[i], rgb[i + 1], rgb[i + 2]);
  }
  return (3 * sum) / rgb.length;
}

/** Pictures side by side in memory, one after the other. */
export function picturesOf(data: Float32Array, width: number, height: number): FloatPicture[] {
  const size = width * height * 3;
  return Array.from({ length: data.length / size }, (_, i) => ({
    width,
    height,
    data: data.subarray(i * size, (i + 1) * size),
  }));
}

/** 8-bit RGBA, clamped and rounded. */
export function toRgba({ data }: FloatPicture): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray((data.length / 3) * 4);
  for (let p = 0; p < data.length / 3; p++) {
    for (let c = 0; c < 3; c++) out[4 * p + c] = Math.round(255 * data[3 * p + c]);
    out[4 * p + 3] = 255;
  }
  return out;
}

/** [n, pixels, 3] → [n, 3, pixels]. */
export function channelsFirst(x: Float32Array, n: number, pixels: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < pixels; p++)
      for (let c = 0; c < 3; c++) out[(i * 3 + c) * pixels + p] = x[(i * pixels + p) * 3 + c];
  return out;
}
