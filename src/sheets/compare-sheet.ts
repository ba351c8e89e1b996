/** @file What Compare has drawn as one sheet: columns under their titles, a row a prompt, both in as many lines as they need. */
import type { RgbaPicture } from '../formats/png';
import { type Font, linesOf, type Measure } from './lines';
import { cellOf, element, svgCell, svgDocument, svgText } from './svg';
import { COLOURS, EDGE, GAP, LEADING, SIZES } from './theme';

/** The longer side of a picture, at most. */
const PICTURE = 128;
/** Of a column, so that its title can be read. */
const LEAST_WIDTH = 168;
const TITLE_LINES = 6;
const PROMPT_LINES = 8;
const LINE = SIZES.text * LEADING;

export interface ComparedRow {
  prompt: string;
  /** Pictures of each column, one a seed; null where there is none. */
  cells: readonly (readonly (RgbaPicture | null)[])[];
}

/**
 * @param titles one a column
 * @param rows at least one, with at least one picture among them, all pictures of one size
 * @param note one line at the foot
 * @returns an SVG
 */
export function compareSheet(
  titles: readonly string[],
  rows: readonly ComparedRow[],
  note: string,
  measure: Measure,
): string {
  const font: Font = { measure, size: SIZES.text };
  const all = rows.flatMap(({ cells }) => cells.flat());
  const size = cellOf(all.find((picture) => picture !== null)!, PICTURE);
  const pitch = size.width + GAP / 2;
  const widths = titles.map((_, column) =>
    Math.max(LEAST_WIDTH, Math.max(...rows.map(({ cells }) => cells[column].length)) * pitch - GAP / 2),
  );
  const lefts = widths.map((_, i) => EDGE + widths.slice(0, i).reduce((sum, width) => sum + width + 2 * GAP, 0));
  const across = lefts.at(-1)! + widths.at(-1)! - EDGE;
  const content: string[] = [];
  const write = (lines: readonly string[], x: number, top: number, bold: boolean, fill: string = COLOURS.text) => {
    lines.forEach((line, i) => {
      content.push(svgText(line, x, top + i * LINE + SIZES.text, { size: SIZES.text, fill, bold }));
    });
    return lines.length * LINE;
  };

  const heads = titles.map((title, i) => linesOf(title, widths[i], { ...font, bold: true }, TITLE_LINES));
  const heights = heads.map((lines, i) => write(lines, lefts[i], EDGE, true));
  let top = EDGE + Math.max(...heights) + GAP;
  for (const { prompt, cells } of rows) {
    top += write(linesOf(prompt, across, font, PROMPT_LINES), EDGE, top, false, COLOURS.dim) + GAP / 2;
    cells.forEach((pictures, column) => {
      pictures.forEach((picture, i) => {
        if (!picture) return;
        const x = Math.round(lefts[column] + i * pitch);
        content.push(svgCell(cellOf(picture, PICTURE), x, Math.round(top), { stroke: COLOURS.line }));
      });
    });
    top = Math.round(top) + size.height + 1.5 * GAP;
  }
  top += write(linesOf(note, across, font, 2), EDGE, top, false, COLOURS.dim);
  return svgDocument(Math.ceil(across + 2 * EDGE), Math.ceil(top + EDGE), element('g', {}, ...content));
}
