/**
 * @file The timeline as one picture, `timeline.png`: a clean picture seen at every noise level.
 *
 * Above, reward and penalty over sigma; a strip with the levels that the last update's gradient went to; below, in the
 * same columns, the injected picture, the recovery where the method has one, and the ordinary one-step prediction. Reward
 * carries a plus and penalty a minus, what the reward sees is solid and one step beside it dashed, so that no difference
 * is one of colour alone.
 */
import type { FloatPicture } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import {
  type ColumnNumbers,
  curvesOf,
  ROWS,
  SEEN,
  type TimelineCurve,
  type TimelineOf,
  trainedOf,
  wordsOf,
} from '../formats/timeline';
import { linesOf, type Measure, widthOf } from './lines';
import { cellOf, element, polyline, svgCell, svgDocument, svgText, type TextStyle } from './svg';
import { COLOURS, EDGE, GAP, LEADING, SIZES } from './theme';

/** At least one column; sigma from high to low. */
export type TimelineSheet = Omit<TimelineOf<FloatPicture | RgbaPicture>, 'seed'>;

interface Curve extends TimelineCurve {
  colour: string;
  label: string;
}

/** In the order of the legend; the last is drawn first. */
function namedCurves(sheet: TimelineSheet): Curve[] {
  const curves = curvesOf(sheet);
  // Forms without unwanted words know no κ, and methods without a recovery none above 0.
  const relative = sheet.sees === 'recovery' && curves.some(({ key }) => key === 'penalty');
  const formulas = relative ? { '+': 'reward f·(1+κ)C₊', '−': 'penalty f·C₋' } : { '+': 'reward', '−': 'penalty' };
  return curves.map((curve) => ({
    ...curve,
    colour: curve.sign === '+' ? COLOURS.positive : COLOURS.negative,
    label: curve.dashed
      ? `${curve.sign === '+' ? 'reward' : 'penalty'}, one step`
      : `${formulas[curve.sign]}, ${SEEN[sheet.sees].name}`,
  }));
}

const LINE = SIZES.text * LEADING;
/** The longer side of a picture, at most. */
const PICTURE = 128;
const PLOT_HEIGHT = 220;
const PLOT_WIDTH_AT_LEAST = 820;
/** Row labels, and the numbers beside the chart. */
const LABELS = 128;
const PROMPT_LINES = 3;
const WORDS_LINES = 2;

const plain: TextStyle = { size: SIZES.text, fill: COLOURS.text };
const dim: TextStyle = { size: SIZES.text, fill: COLOURS.dim };

/** The sheet as an SVG. */
export function timelineSheet(sheet: TimelineSheet, measure: Measure): string {
  const { columns } = sheet;
  const rows = ROWS[sheet.sees];
  const curves = namedCurves(sheet);
  const clean = cellOf(sheet.clean, PICTURE);
  const cell = cellOf(columns[0].injected, PICTURE);
  const pitch = Math.max(cell.width + GAP, Math.ceil(PLOT_WIDTH_AT_LEAST / columns.length));
  const rowPitch = Math.ceil(Math.max(cell.height, 2 * LINE) + GAP);
  const left = EDGE + Math.ceil(Math.max(LABELS, clean.width + 2 * GAP));
  const width = pitch * columns.length;
  const caption = captionOf(sheet, left, width, measure);
  const legendTop = Math.ceil(EDGE + Math.max(clean.height + LINE, caption.height) + 1.5 * GAP);
  const plot: Plot = {
    left,
    top: legendTop + Math.ceil(3 * LINE) + GAP,
    width,
    height: PLOT_HEIGHT,
    sigmas: columns.map((column) => column.sigma),
    ...rangeOf(columns, curves),
  };
  const strip = plot.top + plot.height + Math.ceil(1.9 * LINE);
  const sigmaBase = strip + Math.ceil(1.9 * LINE);
  const rowsTop = sigmaBase + GAP;
  const middle = { ...plain, anchor: 'middle' } as const;
  const isToday = ({ sigma }: ColumnNumbers) => sheet.todaySigma?.toFixed(2) === sigma.toFixed(2);

  return svgDocument(
    left + width + EDGE,
    rowsTop + rows.length * rowPitch - GAP + EDGE,
    svgCell(clean, EDGE, EDGE, { stroke: COLOURS.line }),
    svgText('clean', EDGE, EDGE + clean.height + LINE, dim),
    ...caption.content,
    ...legend(curves, left, legendTop, measure),
    ...chart(plot, sheet, curves, measure),
    ...gradientStrip(plot, sheet, strip),
    svgText('noise level σ', EDGE, sigmaBase, dim),
    ...rows.flatMap(({ key, label, note }, row) => {
      const y = rowsTop + row * rowPitch;
      return [
        svgText(label, EDGE, y + cell.height / 2 - 2, { ...plain, bold: true }),
        svgText(note, EDGE, y + cell.height / 2 - 2 + LINE, dim),
        ...columns.map((column, i) => {
          const x = Math.round(left + (i + 0.5) * pitch - cell.width / 2);
          const frame = isToday(column) ? { stroke: COLOURS.accent, 'stroke-width': 4 } : { stroke: COLOURS.line };
          return svgCell(cellOf(column[key]!, PICTURE), x, y, frame);
        }),
      ];
    }),
    ...columns.map((column, i) => {
      const style = isToday(column) ? { ...middle, fill: COLOURS.accent, bold: true } : middle;
      return svgText(column.sigma.toFixed(2), left + (i + 0.5) * pitch, sigmaBase, style);
    }),
  );
}

/** Prompt, step and words, beside the clean picture. */
function captionOf(sheet: TimelineSheet, x: number, width: number, measure: Measure) {
  const { prompt, step, sees } = sheet;
  const { positive, negative } = wordsOf(sheet);
  const title = { size: SIZES.title, fill: COLOURS.text, bold: true };
  const when = step ? `after update ${step}` : 'before training';
  const parts: { text: string; style: TextStyle; most: number }[] = [
    { text: prompt, style: title, most: PROMPT_LINES },
    { text: `one alignment step, seen at every noise level, ${when}`, style: dim, most: 1 },
    { text: SEEN[sees].sentence, style: dim, most: 1 },
  ];
  const words = (text: string, fill: string) => parts.push({ text, style: { ...plain, fill }, most: WORDS_LINES });
  if (positive !== null) words(`+ more of “${positive}”`, COLOURS.positive);
  if (negative !== null) words(`− less of “${negative}”`, COLOURS.negative);
  const content: string[] = [];
  let y = EDGE;
  for (const { text, style, most } of parts) {
    for (const line of linesOf(text, width, { measure, size: style.size, bold: style.bold }, most)) {
      y += style.size * LEADING;
      content.push(svgText(line, x, y - style.size * 0.35, style));
    }
  }
  return { content, height: y - EDGE };
}

/** A sample of each curve with its name, in two columns. */
function legend(curves: readonly Curve[], left: number, top: number, measure: Measure): string[] {
  const sample = 56;
  const names = Math.max(...curves.map(({ label }) => widthOf(label, { measure, size: SIZES.text })));
  return curves.flatMap((curve, i) => {
    const x = left + Math.floor(i / 2) * (sample + names + 4 * GAP);
    const y = top + (i % 2) * LINE * 1.25 + SIZES.text / 2;
    const line = [
      [x, y],
      [x + sample, y],
    ] as const;
    return [
      polyline(line, stroke(curve)),
      sign(curve, x + sample / 2, y),
      svgText(curve.label, x + sample + GAP, y + SIZES.text * 0.36, plain),
    ];
  });
}

interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Of the columns, which are equally wide. */
  sigmas: readonly number[];
  low: number;
  high: number;
}

/** Axis, zero line, trained interval, this step's sigma and the four curves. */
function chart(plot: Plot, sheet: TimelineSheet, curves: readonly Curve[], measure: Measure): string[] {
  const { left, top, width, height, sigmas, low, high } = plot;
  const bottom = top + height;
  const font = { measure, size: SIZES.text };
  const xOf = (sigma: number) => left + width * positionOf(sigma, sigmas);
  const yOf = (value: number) => bottom - (height * (value - low)) / (high - low);
  /** Where a text of this width begins so that it stays beside the chart. */
  const within = (x: number, text: string) => Math.min(Math.max(x, left), left + width - widthOf(text, font));

  const content: string[] = [];
  const trained = trainedOf(sheet);
  if (trained) {
    const [from, to] = [xOf(trained.sigmaMax), xOf(trained.sigmaMin)];
    const label = `trained interval σ ${trained.sigmaMin.toFixed(2)}–${trained.sigmaMax.toFixed(2)}`;
    content.push(
      element('rect', { x: from, y: top, width: to - from, height, fill: COLOURS.accent, opacity: 0.08 }),
      ...[from, to].map((x) => vertical(x, top, bottom, { 'stroke-dasharray': '4 4' })),
      svgText(label, within(from, label), top - 7, { ...plain, fill: COLOURS.accent }),
    );
  }

  const spacing = niceStep((high - low) / 4);
  const digits = Math.max(0, Math.ceil(-Math.log10(spacing) - 1e-9));
  for (let n = Math.ceil(low / spacing); n * spacing <= high; n++) {
    const y = yOf(n * spacing);
    const label = n === 0 ? '0' : `${n < 0 ? '−' : ''}${Math.abs(n * spacing).toFixed(digits)}`;
    const fill = n === 0 ? COLOURS.dim : COLOURS.line;
    content.push(element('rect', { x: left, y: y - 0.5, width, height: n === 0 ? 1.5 : 1, fill }));
    content.push(svgText(label, left - GAP, y + SIZES.text * 0.36, { ...dim, anchor: 'end' }));
  }
  content.push(svgText('value', left - GAP, top - 7, { ...dim, anchor: 'end' }));

  if (sheet.todaySigma !== null) {
    const label = `this step σ ${sheet.todaySigma.toFixed(2)}`;
    const x = xOf(sheet.todaySigma);
    content.push(vertical(x, top, bottom + 4, { 'stroke-width': 2.5 }));
    const begin = within(x - widthOf(label, font) / 2, label);
    content.push(svgText(label, begin, bottom + LINE, { ...plain, fill: COLOURS.accent }));
  }

  for (const curve of [...curves].reverse()) {
    const points = sheet.columns.map((column) => [xOf(column.sigma), yOf(column[curve.key] ?? Number.NaN)] as const);
    content.push(polyline(points, stroke(curve)), ...points.map(([x, y]) => sign(curve, x, y)));
  }
  return content;
}

/** A line with a mark at every level that the gradient of the last update went to. */
function gradientStrip({ left, width, sigmas }: Plot, { active, step }: TimelineSheet, y: number): string[] {
  const marks = active.map((sigma) => {
    const x = left + width * positionOf(sigma, sigmas);
    return element('path', { d: `M${x.toFixed(2)} ${y - 7}l6 7l-6 7l-6 -7z`, fill: COLOURS.accent });
  });
  return [
    svgText('gradient', EDGE, y + SIZES.text * 0.36, { ...plain, bold: true }),
    element('rect', { x: left, y: y - 0.75, width, height: 1.5, fill: COLOURS.line }),
    ...(active.length > 0
      ? marks
      : [svgText(step === 0 ? 'no update yet' : 'not known', left + GAP, y + LINE * 0.9, dim)]),
  ];
}

const vertical = (x: number, top: number, bottom: number, attributes: Record<string, string | number>) =>
  element('line', { x1: x, x2: x, y1: top, y2: bottom, stroke: COLOURS.accent, ...attributes });

const stroke = ({ colour, dashed }: Curve) => ({
  stroke: colour,
  'stroke-width': 2.5,
  'stroke-linejoin': 'round',
  'stroke-dasharray': dashed ? '8 6' : undefined,
});

/** The curve's plus or minus in a disc: full on a solid line, white on a dashed one. */
function sign({ sign, colour, dashed }: Curve, x: number, y: number): string {
  if (!Number.isFinite(y)) return '';
  const bars = sign === '+' ? `M${-3.5} 0H3.5M0 -3.5V3.5` : 'M-3.5 0H3.5';
  return element(
    'g',
    { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` },
    element('circle', { r: 7, fill: dashed ? '#fff' : colour, stroke: colour, 'stroke-width': 1.5 }),
    element('path', { d: bars, stroke: dashed ? colour : '#fff', 'stroke-width': 1.75 }),
  );
}

/** Zero and every value, with some air. */
function rangeOf(columns: readonly ColumnNumbers[], curves: readonly Curve[]): { low: number; high: number } {
  const values = columns.flatMap((column) => curves.map(({ key }) => column[key] ?? 0)).filter(Number.isFinite);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const air = (high - low) * 0.1 || 0.1;
  return { low: low - air, high: high + air };
}

/** The least of 1, 2, 5 × 10ⁿ that is not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= step)!;
}

/** Where sigma lies across equally wide columns, in [0, 1]: in proportion between its neighbours' centres. */
function positionOf(sigma: number, sigmas: readonly number[]): number {
  const n = sigmas.length;
  let i = 0;
  while (i < n - 2 && sigmas[i + 1] > sigma) i++;
  const part = n === 1 ? 0 : (sigmas[i] - sigma) / (sigmas[i] - sigmas[i + 1]);
  return Math.min(Math.max((i + 0.5 + part) / n, 0), 1);
}
