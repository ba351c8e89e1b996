/** @file Text in lines: how wide it is, and how a long one is broken. */
import { escapeText } from '../shown';

/** How far a grapheme moves the pen, in units of the font's size. */
export type Measure = (grapheme: string, bold: boolean) => number;

export interface Font {
  measure: Measure;
  size: number;
  bold?: boolean;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const graphemesOf = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment);

/** The width of one line, as an upper bound: without kerning. */
export function widthOf(text: string, { measure, size, bold = false }: Font): number {
  return graphemesOf(escapeText(text)).reduce((sum, grapheme) => sum + measure(grapheme, bold), 0) * size;
}

/** Signs of a text that are looked at; more never fit a sheet. */
const MOST = 2000;

/**
 * The text in at most `most` lines of at most `width`, broken at blanks, a word that is too long (or a script without
 * blanks) anywhere; the last line ends with … where something is left off. At least one line.
 */
export function linesOf(text: string, width: number, font: Font, most: number): string[] {
  const fits = (line: string) => widthOf(line, font) <= width;
  const words = escapeText(text.slice(0, MOST).replace(/\s+/g, ' ').trim()).split(' ');
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (fits(line ? `${line} ${word}` : word)) {
      line = line ? `${line} ${word}` : word;
      continue;
    }
    if (line) lines.push(line);
    line = '';
    for (const grapheme of graphemesOf(word)) {
      if (line && !fits(line + grapheme)) {
        lines.push(line);
        line = '';
      }
      line += grapheme;
    }
    if (lines.length > most) break;
  }
  if (line || !lines.length) lines.push(line);
  const kept = lines.slice(0, most);
  if (lines.length > most || text.length > MOST) kept[kept.length - 1] = cut(`${kept.at(-1)}…`, fits);
  return kept;
}

/** Without the signs before its last one that make it too long. */
function cut(line: string, fits: (line: string) => boolean): string {
  const graphemes = graphemesOf(line);
  const end = graphemes.pop()!;
  while (graphemes.length && !fits(graphemes.join('').trimEnd() + end)) graphemes.pop();
  return graphemes.join('').trimEnd() + end;
}
