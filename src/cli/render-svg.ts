/** @file SVG to PNG in Node, with a font that comes with the program, so that a sheet looks the same on every machine. */
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import type { Measure } from '../sheets/lines';
import { element, FONT, svgText, ZOOM } from '../sheets/svg';

const { resolve } = createRequire(import.meta.url);
const options = {
  font: {
    fontFiles: ['DejaVuSans', 'DejaVuSans-Bold'].map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    loadSystemFonts: false,
    defaultFontFamily: FONT,
  },
  fitTo: { mode: 'zoom', value: ZOOM },
} as const;

/** A PNG of the SVG, `ZOOM` pixels a unit. */
export function renderPng(svg: string): Uint8Array {
  return new Resvg(svg, options).render().asPng();
}

const SIZE = 100;
const widths = new Map<string, number>();

/** How far a grapheme moves the pen: what it adds between two bars. */
export const measure: Measure = (grapheme, bold) => {
  const key = `${bold ? 'bold' : 'regular'} ${grapheme}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = (barWidth(`|${grapheme}|`, bold) - barWidth('||', bold)) / SIZE;
    widths.set(key, width);
  }
  return width;
};

function barWidth(text: string, bold: boolean): number {
  const svg = element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width: 1000, height: 200, 'font-family': FONT },
    svgText(text, 0, 100, { size: SIZE, fill: '#000', bold }),
  );
  return new Resvg(svg, options).getBBox()?.width ?? 0;
}
