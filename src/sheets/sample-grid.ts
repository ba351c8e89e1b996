/**
 * @file A sheet of samples, `samples/step-….png` and its like: rows of pictures with the same seeds, one column a prompt.
 */
import type { FloatPicture } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import { linesOf, type Measure, widthOf } from './lines';
import { cellOf, element, svgCell, svgDocument, svgText } from './svg';
import { COLOURS, EDGE, GAP, LEADING, SIZES } from './theme';

export interface SampleRow {
  /** For instance `step 40`; may be empty. */
  label: string;
  /** One a caption, all of one size. */
  pictures: readonly (FloatPicture | RgbaPicture)[];
}

/** The longer side of a picture, at most. */
const PICTURE = 192;
const CAPTION_LINES = 6;
const COLUMNS_AT_MOST = 8;
const LABEL_LINES = 3;
const LABEL_WIDTH = 128;
const LINE = SIZES.text * LEADING;

/**
 * Rows of pictures with their labels at the left and the captions above; beyond 8 columns all rows begin again below.
 *
 * @param rows at least one, with at least one picture
 * @param captions one a column, cut with … where they are longer than six lines
 * @returns an SVG
 */
export function sampleGrid(rows: readonly SampleRow[], captions: readonly string[], measure: Measure): string {
  const font = { measure, size: SIZES.text };
  const labelFont = { ...font, bold: true };
  const count = Math.max(...rows.map((row) => row.pictures.length));
  const across = Math.min(count, COLUMNS_AT_MOST);
  const cell = cellOf(rows.find((row) => row.pictures.length)!.pictures[0], PICTURE);
  // Narrow pictures stand apart, so that their captions can be read.
  const pitch = Math.max(cell.width, (PICTURE * 2) / 3) + GAP;
  const labels = rows.map((row) => (row.label ? linesOf(row.label, LABEL_WIDTH, labelFont, LABEL_LINES) : []));
  const labelWidth = Math.max(0, ...labels.flat().map((line) => widthOf(line, labelFont)));
  const left = EDGE + Math.ceil(labelWidth && labelWidth + 1.5 * GAP);
  const rowPitch = Math.ceil(Math.max(cell.height, LINE * Math.max(...labels.map((lines) => lines.length))) + GAP);
  const wrapped = captions.map((caption) => linesOf(caption, pitch - GAP, font, CAPTION_LINES));

  const content: string[] = [];
  let top = EDGE;
  for (let first = 0; first < count; first += across) {
    const here = wrapped.slice(first, first + across);
    const captionHeight = Math.ceil(Math.max(0, ...here.map((lines) => lines.length)) * LINE);
    const rowsTop = top + captionHeight + (captionHeight ? GAP / 2 : 0);
    here.forEach((lines, i) => {
      // Short captions stand close to their pictures.
      const base = rowsTop - GAP / 2 - (lines.length - 1) * LINE - 4;
      lines.forEach((line, n) => {
        content.push(svgText(line, left + i * pitch, base + n * LINE, { size: SIZES.text, fill: COLOURS.text }));
      });
    });
    rows.forEach(({ pictures }, row) => {
      const y = rowsTop + row * rowPitch;
      const middle = y + cell.height / 2 - ((labels[row].length - 1) * LINE) / 2 + SIZES.text * 0.36;
      labels[row].forEach((line, n) => {
        const style = { size: SIZES.text, fill: COLOURS.dim, bold: true };
        content.push(svgText(line, EDGE, middle + n * LINE, style));
      });
      pictures.slice(first, first + across).forEach((picture, i) => {
        content.push(svgCell(cellOf(picture, PICTURE), left + i * pitch, y, { stroke: COLOURS.line }));
      });
    });
    top = rowsTop + rows.length * rowPitch + GAP;
  }
  const width = Math.ceil(left + across * pitch - GAP + EDGE);
  return svgDocument(width, Math.ceil(top - 2 * GAP + EDGE), element('g', {}, ...content));
}
