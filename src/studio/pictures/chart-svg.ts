/** @file A chart as SVG, in the colours of the sheets, which print well: axes with numbers, lines, and what each is called. */
import { linesOf, type Measure, widthOf } from '../../sheets/lines';
import { element, polyline, svgDocument, svgText } from '../../sheets/svg';
import { COLOURS, EDGE, LEADING, SIZES } from '../../sheets/theme';
import type { DrawnChart } from '../numbers/drawn-chart';
import { signed } from '../numbers/in-words';
import { lonePoints, paddedRange, roundTicks, smoothed } from '../numbers/scale';

const WIDTH = 640;
const HEIGHT = 320;
/** Left of the axis, for its numbers. */
const LABELS = 64;
const SMALL = 12;
const LINE = SMALL * LEADING;
const SAMPLE = 30;
/** The page's colours in light, by their custom property. */
const PRINTED: Record<string, string> = {
  '--pos': COLOURS.positive,
  '--neg': COLOURS.negative,
  '--accent': COLOURS.accent,
  '--dim': COLOURS.dim,
  '--danger': '#b3261e',
  '--warn': '#8a6100',
};

export function chartSvg(chart: DrawnChart, measure: Measure): string {
  const { title, axis, x, lines, reversed = false, bridged = false, isSmoothed = false } = chart;
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const isLog = chart.log === true && values.length > 0 && values.every((value) => value > 0);
  const scaled = (value: number) => (isLog ? Math.log10(value) : value);
  const [low, high] = paddedRange(values.map(scaled));
  const [from, to] = [x[0] ?? 0, x.at(-1) ?? 1];
  const [left, top] = [EDGE + LABELS, EDGE + SIZES.text * 2];
  const along = (position: number) => {
    const part = to > from ? (position - from) / (to - from) : 0.5;
    return left + (reversed ? 1 - part : part) * WIDTH;
  };
  const across = (value: number) => top + (1 - (scaled(value) - low) / (high - low)) * HEIGHT;
  const small = { size: SMALL, fill: COLOURS.dim };
  const content = [
    svgText(title, EDGE, EDGE + SIZES.text, { size: SIZES.text, fill: COLOURS.text, bold: true }),
    element('rect', { x: left, y: top, width: WIDTH, height: HEIGHT, fill: 'none', stroke: COLOURS.line }),
  ];

  const ticks = roundTicks(low, high, 5);
  for (const tick of ticks.values) {
    const y = top + (1 - (tick - low) / (high - low)) * HEIGHT;
    const text = isLog ? String(Number((10 ** tick).toPrecision(3))) : signed(tick, ticks.digits);
    content.push(
      element('line', { x1: left, x2: left + WIDTH, y1: y, y2: y, stroke: COLOURS.line }),
      svgText(text, left - 8, y + SMALL * 0.36, { ...small, anchor: 'end' }),
    );
  }
  const positions = to > from ? roundTicks(from, to, 8) : { values: [from], digits: 0 };
  for (const position of positions.values) {
    const text = position.toFixed(positions.digits);
    content.push(svgText(text, along(position), top + HEIGHT + LINE, { ...small, anchor: 'middle' }));
  }
  content.push(svgText(axis, left + WIDTH, top + HEIGHT + 2 * LINE, { ...small, anchor: 'end' }));

  let foot = top + HEIGHT + 2 * LINE + 8;
  for (const { label, color, dash, values: own } of lines) {
    const stroke = PRINTED[color] ?? COLOURS.text;
    const look = { stroke, 'stroke-width': 2, 'stroke-dasharray': dash?.length ? dash.join(' ') : undefined };
    const points = (of: readonly (number | null)[]) =>
      of.flatMap((value, i) => {
        if (value === null) return bridged ? [] : [[along(x[i]), Number.NaN] as const];
        return [[along(x[i]), across(value)] as const];
      });
    if (isSmoothed) content.push(polyline(points(own), { stroke, 'stroke-width': 1, 'stroke-opacity': 0.35 }));
    content.push(polyline(points(isSmoothed ? smoothed([...own]) : own), look));
    for (const i of lonePoints(own, bridged)) {
      content.push(element('circle', { cx: along(x[i]), cy: across(own[i]!), r: 4, fill: stroke }));
    }
    const named = linesOf(label, WIDTH - SAMPLE - 10, { measure, size: SMALL }, 3);
    const y = foot + LINE / 2;
    content.push(element('line', { x1: left, x2: left + SAMPLE, y1: y, y2: y, ...look }));
    named.forEach((line, i) => {
      content.push(svgText(line, left + SAMPLE + 10, foot + i * LINE + SMALL, { size: SMALL, fill: COLOURS.text }));
    });
    foot += named.length * LINE + 3;
  }
  const wide = Math.max(left + WIDTH, EDGE + widthOf(title, { measure, size: SIZES.text, bold: true }));
  return svgDocument(Math.ceil(wide + EDGE), Math.ceil(foot + EDGE), element('g', {}, ...content));
}
