/** @file PNG files from and to 8-bit RGBA pictures. */
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { UserError } from '../errors';

/** 8-bit RGBA, row by row. */
export interface RgbaPicture {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A PNG of a picture; without an alpha channel where every pixel is opaque. The same picture gives the same bytes.
 *
 * @param text Latin-1 strings kept in the file, by keyword
 */
export function encodePng(picture: RgbaPicture, text: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  const { width, height, data } = picture;
  let opaque = true;
  for (let i = 3; i < data.length && opaque; i += 4) opaque = data[i] === 255;
  const channels = opaque ? 3 : 4;
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < channels; channel++) pixels[i * channels + channel] = data[i * 4 + channel];
  }
  return encode({ width, height, data: pixels, channels, depth: 8, text }) as Uint8Array<ArrayBuffer>;
}

/**
 * Reads a PNG of any colour type and depth.
 *
 * @param name what to call it in a sentence
 * @throws UserError where it is no PNG or is damaged
 */
export function decodePng(bytes: Uint8Array, name: string): RgbaPicture {
  let image: ReturnType<typeof decode>;
  try {
    image = decode(bytes, { checkCrc: true });
  } catch {
    throw new UserError(`${name} cannot be read as a PNG picture.`);
  }
  const { width, height } = image;
  const transparent = !image.palette && image.transparency;
  const channels = image.palette ? (image.palette[0]?.length ?? 3) : image.channels;
  const values = image.palette ? convertIndexedToRgb(image) : unpacked(image);
  const max = image.palette ? 255 : 2 ** image.depth - 1;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const pixel = values.subarray(i * channels, (i + 1) * channels);
    const colour = channels < 3 ? [pixel[0], pixel[0], pixel[0]] : pixel.subarray(0, 3);
    const isTransparent = transparent && pixel.every((value, channel) => value === transparent[channel]);
    const alpha = channels % 2 === 0 ? pixel[channels - 1] : isTransparent ? 0 : max;
    data.set(
      [...colour, alpha].map((value) => Math.round((value / max) * 255)),
      i * 4,
    );
  }
  return { width, height, data };
}

/** Each pixel as a block of `factor` × `factor`, for pixels that are to be seen as such. */
export function upscaleNearest(picture: RgbaPicture, factor: number): RgbaPicture {
  const width = picture.width * factor;
  const height = picture.height * factor;
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, picture.width * picture.height);
  const to = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * picture.width;
    for (let x = 0; x < width; x++) to[y * width + x] = from[row + Math.floor(x / factor)];
  }
  return { width, height, data: new Uint8ClampedArray(to.buffer) };
}

/** One value per channel and pixel; depths below 8 hold several in a byte, each row beginning a new one. */
function unpacked(image: ReturnType<typeof decode>): Uint8Array | Uint8ClampedArray | Uint16Array {
  const { width, height, depth, channels, data } = image;
  if (depth >= 8) return data;
  const perRow = width * channels;
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const values = new Uint8Array(perRow * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * depth;
      const byte = data[y * bytesPerRow + (bit >> 3)];
      values[y * perRow + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return values;
}
