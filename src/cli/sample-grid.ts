/**
 * @file A sheet of samples, `samples/step-….png` and its like: rows of pictures with the same seeds, one column a prompt.
 */
import type { FloatPicture } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import { GLYPH_HEIGHT, textWidth, wrapText } from './bitmap-font';
import { Canvas, palette, scaledTo } from './canvas';

export interface SampleRow {
  /** For instance `step 40`; may be empty. */
  label: string;
  /** One a caption. */
  pictures: readonly FloatPicture[];
}

const TEXT = 2;
const LINE = TEXT * GLYPH_HEIGHT + 6;
const CAPTION_LINES = 2;
const EDGE = 24;
const GAP = 12;
const COLUMNS_AT_MOST = 8;
/** The longer side of a picture, at most. */
const PICTURE = 192;

/**
 * Rows of pictures with their labels at the left and the captions above; beyond 8 columns all rows begin again below.
 * Pictures, all of one size, are made larger in whole blocks, or smaller where they are above 192 pixels.
 *
 * @param rows at least one, with at least one picture
 * @param captions one a column, cut with … where they are longer than two lines
 */
export function drawSampleGrid(rows: readonly SampleRow[], captions: readonly string[]): RgbaPicture {
  const count = Math.max(...rows.map((row) => row.pictures.length));
  const across = Math.min(count, COLUMNS_AT_MOST);
  const blocks = Math.ceil(count / across);
  const cell = scaledTo(rows.find((row) => row.pictures.length)!.pictures[0], PICTURE);
  // Narrow pictures stand apart, so that their captions can be read.
  const pitch = Math.max(cell.width, (PICTURE * 2) / 3) + GAP;
  const rowPitch = Math.max(cell.height, LINE) + GAP;
  const labels = Math.max(...rows.map((row) => textWidth(row.label, TEXT)));
  const left = EDGE + (labels && labels + 2 * GAP);
  const wrapped = captions.map((caption) => wrapText(caption, pitch - GAP, TEXT, CAPTION_LINES));
  const captionHeight = Math.max(0, ...wrapped.map((lines) => lines.length)) * LINE;
  const blockHeight = captionHeight + rows.length * rowPitch + GAP;
  const width = left + across * pitch - GAP + EDGE;
  const canvas = new Canvas(width, 2 * EDGE + blocks * blockHeight - 2 * GAP, palette.panel);

  for (let block = 0; block < blocks; block++) {
    const top = EDGE + block * blockHeight;
    const rowsTop = top + captionHeight;
    const first = block * across;
    for (const [i, lines] of wrapped.slice(first, first + across).entries()) {
      // Short captions stand close to their pictures.
      const y = rowsTop - lines.length * LINE;
      for (const [n, line] of lines.entries()) canvas.text(line, left + i * pitch, y + n * LINE, TEXT, palette.text);
    }
    for (const [row, { label, pictures }] of rows.entries()) {
      const y = rowsTop + row * rowPitch;
      canvas.text(label, EDGE, y + cell.height / 2 - 7, TEXT, palette.dim);
      for (const [i, picture] of pictures.slice(first, first + across).entries()) {
        const x = left + i * pitch;
        canvas.picture(scaledTo(picture, PICTURE), x, y);
        canvas.frame(x, y, cell.width, cell.height, 1, palette.line);
      }
    }
  }
  return canvas;
}
