/**
 * @file The timeline as one picture, `timeline.png`: a clean picture seen at every noise level.
 *
 * Above, reward and penalty over sigma; below, in the same columns, the injected picture, the Direct-Align recovery and
 * the ordinary one-step prediction. Reward carries a plus and penalty a minus, Direct-Align is solid and one step is
 * dashed, so that no difference is one of colour alone.
 */
import type { FloatPicture } from '../align/picture';
import type { TimelineColumn } from '../align/timeline';
import type { RgbaPicture } from '../formats/png';
import { cutText, GLYPH_HEIGHT, textWidth } from './bitmap-font';
import { Canvas, type LineStyle, type Point, palette, scaledTo } from './canvas';

export interface TimelineSheet {
  prompt: string;
  clean: FloatPicture;
  /** At least one; sigma from high to low. */
  columns: readonly TimelineColumn[];
  /** The trained interval. */
  sigmaMin: number;
  sigmaMax: number;
  /** Noise level of the newest update, if there was one. */
  todaySigma: number | null;
  /** The words that the rewards were read with. */
  positive: string;
  negative: string;
  /** Updates of the LoRA that drew this; 0 is the base. */
  step: number;
}

interface Curve extends LineStyle {
  key: 'reward' | 'penalty' | 'rewardOneStep' | 'penaltyOneStep';
  sign: string;
  label: string;
}

const solid = { width: 3 };
const dashed = { width: 3, dash: [10, 9] } as const;
const plus = { sign: '+', colour: palette.positive };
const minus = { sign: '−', colour: palette.negative };

/** In the order of the legend; the last is drawn first. */
const curves: Curve[] = [
  { key: 'reward', label: 'reward f·(1+κ)C₊, Direct-Align', ...plus, ...solid },
  { key: 'penalty', label: 'penalty f·C₋, Direct-Align', ...minus, ...solid },
  { key: 'rewardOneStep', label: 'reward, one step', ...plus, ...dashed },
  { key: 'penaltyOneStep', label: 'penalty, one step', ...minus, ...dashed },
];

const rows = [
  { key: 'injected', label: 'Injected', note: 'known noise' },
  { key: 'recovered', label: 'Direct-Align', note: 'recovered' },
  { key: 'oneStep', label: 'One step', note: 'as in ReFL' },
] as const;

const TEXT = 2;
const LINE = TEXT * GLYPH_HEIGHT + 6;
const EDGE = 24;
const GAP = 12;
/** The longer side of a picture, at most. */
const PICTURE = 128;
const PLOT_HEIGHT = 220;
const PLOT_WIDTH_AT_LEAST = 820;
/** Width of the row labels and of the numbers beside the chart. */
const LABELS = textWidth('Direct-Align', TEXT) + 2 * GAP;

/** Draws the sheet; pictures are made larger in whole blocks, or smaller where they are above 128 pixels. */
export function drawTimelineSheet(sheet: TimelineSheet): RgbaPicture {
  const { columns } = sheet;
  const clean = scaledTo(sheet.clean, PICTURE);
  const cell = scaledTo(columns[0].injected, PICTURE);
  const pitch = Math.max(cell.width + GAP, Math.ceil(PLOT_WIDTH_AT_LEAST / columns.length));
  const rowPitch = Math.max(cell.height, 2 * LINE) + GAP;
  const left = EDGE + Math.max(LABELS, clean.width + 2 * GAP);
  const legendTop = EDGE + Math.max(clean.height + GAP / 2 + LINE, 5 * LINE) + GAP;
  const plot: Plot = {
    left,
    top: legendTop + 3 * LINE + GAP,
    width: pitch * columns.length,
    height: PLOT_HEIGHT,
    sigmas: columns.map((column) => column.sigma),
    ...rangeOf(columns),
  };
  const sigmaTop = plot.top + plot.height + LINE + GAP;
  const rowsTop = sigmaTop + LINE + GAP / 2;
  const canvas = new Canvas(left + plot.width + EDGE, rowsTop + rows.length * rowPitch - GAP + EDGE, palette.panel);

  canvas.picture(clean, EDGE, EDGE);
  canvas.text('clean', EDGE, EDGE + clean.height + GAP / 2, TEXT, palette.dim);
  drawCaption(canvas, sheet, left);
  drawLegend(canvas, left, legendTop);
  drawChart(canvas, plot, sheet);

  canvas.text('noise level σ', EDGE, sigmaTop, TEXT, palette.dim);
  rows.forEach(({ label, note }, row) => {
    const y = rowsTop + row * rowPitch + (cell.height - 2 * LINE) / 2;
    canvas.text(label, EDGE, y, TEXT, palette.text);
    canvas.text(note, EDGE, y + LINE, TEXT, palette.dim);
  });
  columns.forEach((column, i) => {
    const centre = left + (i + 0.5) * pitch;
    const isToday = sheet.todaySigma?.toFixed(2) === column.sigma.toFixed(2);
    canvas.text(column.sigma.toFixed(2), centre, sigmaTop, TEXT, isToday ? palette.accent : palette.text, 'centre');
    rows.forEach(({ key }, row) => {
      const x = Math.round(centre - cell.width / 2);
      const y = rowsTop + row * rowPitch;
      canvas.picture(scaledTo(column[key], PICTURE), x, y);
      canvas.frame(x, y, cell.width, cell.height, isToday ? 4 : 1, isToday ? palette.accent : palette.line);
    });
  });
  return canvas;
}

/** Prompt, step and words, beside the clean picture. */
function drawCaption(canvas: Canvas, { prompt, step, positive, negative }: TimelineSheet, x: number): void {
  const width = canvas.width - EDGE - x;
  const title = TEXT + 1;
  const line = (text: string, n: number, colour = palette.text as LineStyle['colour']) =>
    canvas.text(cutText(text, width, TEXT), x, EDGE + (n + 1.5) * LINE, TEXT, colour);
  canvas.text(cutText(prompt, width, title), x, EDGE, title, palette.text);
  line(
    `one alignment step, seen at every noise level, ${step ? `after update ${step}` : 'before training'}`,
    0,
    palette.dim,
  );
  line(`+ more of “${positive}”`, 1, palette.positive);
  line(`− less of “${negative}”`, 2, palette.negative);
}

/** A sample of each curve with its name, in two columns. */
function drawLegend(canvas: Canvas, left: number, top: number): void {
  const sample = 64;
  const column = sample + textWidth(curves[0].label, TEXT) + 4 * GAP;
  curves.forEach((curve, i) => {
    const x = left + Math.floor(i / 2) * column;
    const y = top + (i % 2) * LINE;
    canvas.polyline(
      [x, x + sample].map((u): Point => [u, y + 7]),
      curve,
    );
    drawSign(canvas, curve, [x + sample / 2, y + 7]);
    canvas.text(curve.label, x + sample + GAP, y, TEXT, palette.text);
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
function drawChart(canvas: Canvas, plot: Plot, sheet: TimelineSheet): void {
  const { left, top, width, height, sigmas, low, high } = plot;
  const right = left + width;
  const bottom = top + height;
  const xOf = (sigma: number) => left + width * positionOf(sigma, sigmas);
  const yOf = (value: number) => bottom - (height * (value - low)) / (high - low);

  const [from, to] = [xOf(sheet.sigmaMax), xOf(sheet.sigmaMin)];
  canvas.fillRect(from, top, to - from, height, palette.accentSoft);
  for (const x of [from, to]) {
    canvas.polyline(
      [
        [x, top],
        [x, bottom],
      ],
      { colour: palette.accent, dash: [4, 4] },
    );
  }
  const trained = `trained interval σ ${sheet.sigmaMin.toFixed(2)}–${sheet.sigmaMax.toFixed(2)}`;
  canvas.text(trained, Math.min(from, right - textWidth(trained, TEXT)), top - LINE, TEXT, palette.accent);

  canvas.text('value', left - GAP, top - LINE, TEXT, palette.dim, 'right');
  const spacing = niceStep((high - low) / 4);
  for (let n = Math.ceil(low / spacing); n * spacing <= high; n++) {
    const y = Math.round(yOf(n * spacing));
    canvas.fillRect(left, y, width, n === 0 ? 2 : 1, n === 0 ? palette.dim : palette.line);
    const digits = Math.max(0, Math.ceil(-Math.log10(spacing) - 1e-9));
    const label = `${n < 0 ? '−' : ''}${Math.abs(n * spacing).toFixed(digits)}`;
    canvas.text(n === 0 ? '0' : label, left - GAP, y - 6, TEXT, palette.dim, 'right');
  }

  if (sheet.todaySigma !== null) {
    const x = xOf(sheet.todaySigma);
    const label = `this step σ ${sheet.todaySigma.toFixed(2)}`;
    const half = textWidth(label, TEXT) / 2;
    canvas.fillRect(x - 1, top, 3, height + GAP / 2, palette.accent);
    const centre = Math.min(Math.max(x, left + half), right - half);
    canvas.text(label, centre, bottom + GAP - 2, TEXT, palette.accent, 'centre');
  }

  for (const curve of [...curves].reverse()) {
    const points = sheet.columns.map((column): Point => [xOf(column.sigma), yOf(column[curve.key])]);
    canvas.polyline(points, curve);
    for (const point of points) drawSign(canvas, curve, point);
  }
}

/** The curve's plus or minus on a ground that parts it from the line. */
function drawSign(canvas: Canvas, { sign, colour, dash }: Curve, [x, y]: Point): void {
  if (!Number.isFinite(y)) return;
  const [cx, cy] = [Math.round(x), Math.round(y)];
  const [ground, ink] = dash ? [palette.panel, colour] : [colour, palette.panel];
  canvas.polyline(
    [
      [cx, cy],
      [cx, cy],
    ],
    { colour, width: 17 },
  );
  canvas.polyline(
    [
      [cx, cy],
      [cx, cy],
    ],
    { colour: ground, width: 13 },
  );
  canvas.fillRect(cx - 4, cy - 1, 8, 2, ink);
  if (sign === '+') canvas.fillRect(cx - 1, cy - 4, 2, 8, ink);
}

/** Zero and every value, with some air. */
function rangeOf(columns: readonly TimelineColumn[]): { low: number; high: number } {
  const values = columns.flatMap((column) => curves.map(({ key }) => column[key])).filter(Number.isFinite);
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
