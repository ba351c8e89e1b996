/** @file Pictures of either kind as bytes: apart from the SVG, whose PNG encoder a page that only plays needs not. */
import { type FloatPicture, toRgba } from '../align/picture';
import type { RgbaPicture } from '../formats/png';

/** 8-bit RGBA of a picture of either kind. */
export function rgbaOf(picture: FloatPicture | RgbaPicture): RgbaPicture {
  if (picture.data instanceof Uint8ClampedArray) return picture as RgbaPicture;
  return { width: picture.width, height: picture.height, data: toRgba(picture as FloatPicture) };
}
