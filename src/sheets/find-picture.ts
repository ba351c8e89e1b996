/** @file Finds a picture in a larger one, so that tests of sheets need not repeat their layout. */
import type { RgbaPicture } from '../formats/png';

/** Top left corners [x, y] of every place where `sheet` holds exactly the pixels of `piece`, row by row. */
export function findPicture(sheet: RgbaPicture, piece: RgbaPicture): [x: number, y: number][] {
  const words = ({ data, width, height }: RgbaPicture) => new Uint32Array(data.buffer, data.byteOffset, width * height);
  const [whole, part] = [words(sheet), words(piece)];
  const offsets = Array.from(part, (_, i) => Math.floor(i / piece.width) * sheet.width + (i % piece.width));
  // Most places are ruled out by the first pixel that is not like the piece's corner.
  const telling = Math.max(
    0,
    part.findIndex((pixel) => pixel !== part[0]),
  );
  const found: [number, number][] = [];
  for (let y = 0; y + piece.height <= sheet.height; y++) {
    for (let x = 0; x + piece.width <= sheet.width; x++) {
      const at = y * sheet.width + x;
      if (whole[at + offsets[telling]] !== part[telling]) continue;
      if (part.every((pixel, i) => whole[at + offsets[i]] === pixel)) found.push([x, y]);
    }
  }
  return found;
}
