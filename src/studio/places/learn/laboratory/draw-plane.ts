/**
 * @file What is drawn on the laboratory's plane, on a 2-D canvas: hills, data, samples, their density, velocities, one
 * trajectory and the arrows of the methods. Positions are in units of the plane, y upwards.
 */
import { REACH, type Spot } from '../../../../laboratory/data';
import { type Hills, rewardAt } from '../../../../laboratory/hills';
import { densityOf } from '../../../../laboratory/measures';
import { FIELD, fieldPoints, type View } from '../../../../laboratory/protocol';
import type { LaboratorySide } from '../../../remote/laboratory';

/** Colours of the page as they are now. */
export interface Palette {
  text: string;
  dim: string;
  line: string;
  panel: string;
  accent: string;
  more: string;
  less: string;
  /** Of what is wanted, not wanted, and of the samples' density. */
  shades: Record<'more' | 'less' | 'accent', readonly [number, number, number]>;
  /** Whether the system's own colours are in use: no shading. */
  forced: boolean;
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const css = (name: string) => style.getPropertyValue(name).trim();
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const shade = (name: string): [number, number, number] => {
    pixel.fillStyle = css(name);
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b] = pixel.getImageData(0, 0, 1, 1).data;
    return [r, g, b];
  };
  return {
    text: css('--text'),
    dim: css('--dim'),
    line: css('--line'),
    panel: css('--panel'),
    accent: css('--accent'),
    more: css('--pos'),
    less: css('--neg'),
    shades: { more: shade('--pos'), less: shade('--neg'), accent: shade('--accent') },
    forced: matchMedia('(forced-colors: active)').matches,
  };
}

/** Cells of the shaded layers along an axis. */
const CELLS = 72;

/** A layer of one colour whose strength is that of each cell; kept until what it shows changes. */
export class Shade {
  readonly #canvas = Object.assign(document.createElement('canvas'), { width: CELLS, height: CELLS });

  #of: { view: View; sigma: number } | null = null;

  /** @param at colour and strength (0 to 1) of a cell, by its index from the top left */
  paint(at: (cell: number) => { colour: readonly [number, number, number]; alpha: number }): void {
    const context = this.#canvas.getContext('2d')!;
    const image = context.createImageData(CELLS, CELLS);
    for (let i = 0; i < CELLS * CELLS; i++) {
      const { colour, alpha } = at(i);
      image.data.set([...colour, 255 * alpha], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  /** Paints where it was not painted for these two last. */
  keep(view: View, sigma: number, cells: () => Parameters<Shade['paint']>[0]): void {
    if (this.#of?.view === view && this.#of.sigma === sigma) return;
    this.#of = { view, sigma };
    this.paint(cells());
  }

  draw(context: CanvasRenderingContext2D, size: number): void {
    context.imageSmoothingEnabled = true;
    context.drawImage(this.#canvas, 0, 0, size, size);
  }
}

/** Shades the reward: green where it is wanted, orange where not; nothing without hills. */
export function shadeReward(shade: Shade, hills: Hills | null, { shades }: Palette): void {
  const size = (2 * REACH) / CELLS;
  shade.paint((i) => {
    const r =
      hills === null
        ? 0
        : rewardAt(hills, -REACH + ((i % CELLS) + 0.5) * size, REACH - (Math.floor(i / CELLS) + 0.5) * size);
    return { colour: r > 0 ? shades.more : shades.less, alpha: 0.42 * Math.abs(r) };
  });
}

export interface PlaneScene {
  side: LaboratorySide;
  spots: readonly Spot[];
  /** Which layers: 'data', 'density', 'field', 'samples', 'way', 'arrows'. */
  shows: readonly string[];
  sigma: number;
  /** Methods in their order, and which are the side's own: theirs is the bold arrow. */
  methods: readonly { id: string; label: string }[];
  own: string;
  /** Spots that are being drawn, in place of everything that was learned. */
  drawing: readonly Spot[] | null;
  now: number;
  /** Whether points jump instead of moving. */
  still: boolean;
}

/** Points [n, 2] at a level between two kept ones: Euler's steps are straight. */
export function atSigma(paths: Float32Array, sigmas: readonly number[], sigma: number): Float32Array {
  const n = paths.length / sigmas.length;
  const { from, share } = between(sigmas, sigma);
  return Float32Array.from({ length: n }, (_, e) => {
    const [a, b] = [paths[from * n + e], paths[(from + 1) * n + e]];
    return a + share * (b - a);
  });
}

/** The step that crosses a level, and how much of it is done there. */
export function between(sigmas: readonly number[], sigma: number): { from: number; share: number } {
  const last = sigmas.length - 2;
  const found = sigmas.findIndex((_, i) => i <= last && sigma >= sigmas[i + 1]);
  const from = found < 0 ? last : found;
  return { from, share: Math.min(1, Math.max(0, (sigmas[from] - sigma) / (sigmas[from] - sigmas[from + 1]))) };
}

/** The arrows of the methods at a level of the trajectory, all by one scale: the longest anywhere is 1. */
export function arrowsAt(side: LaboratorySide, sigma: number): { id: string; x: number; y: number }[] {
  const { view, arrows } = side;
  if (!view) return [];
  let longest = 0;
  for (const arrow of arrows.values()) {
    for (let i = 0; i < arrow.length; i += 2) longest = Math.max(longest, Math.hypot(arrow[i], arrow[i + 1]));
  }
  if (longest === 0) return [];
  return [...arrows].map(([id, arrow]) => {
    const [x, y] = atSigma(arrow, view.sigmas, sigma);
    return { id, x: x / longest, y: y / longest };
  });
}

/** Whether the samples are still on their way from the view before. */
export const isMoving = ({ view, before, came, took }: LaboratorySide, now: number, still: boolean): boolean =>
  view !== null && before !== null && !still && took > 0 && now - came < took;

/** The samples on their way from the view before to this one. */
function moving(side: LaboratorySide, now: number, still: boolean): View | null {
  const { view, before, came, took } = side;
  if (!isMoving(side, now, still)) return view;
  const share = Math.max(0, (now - came) / took);
  const mix = (a: Float32Array, b: Float32Array) => b.map((v, i) => a[i] + share * (v - a[i]));
  return { ...view!, paths: mix(before!.paths, view!.paths), way: mix(before!.way, view!.way) } as View;
}

/** Longest arrow of a method, in units of the plane. */
const ARROW = 1.1;

/** Where a point of the plane lies on a canvas of this size. */
const placed = (size: number): At => {
  const unit = size / (2 * REACH);
  return (x, y) => [size / 2 + x * unit, size / 2 - y * unit];
};

/** What stands still between two views: hills, density, data, velocities. */
export function drawGround(
  context: CanvasRenderingContext2D,
  size: number,
  scene: PlaneScene,
  palette: Palette,
  layers: { reward: Shade; density: Shade },
): void {
  const { shows, sigma, drawing, side } = scene;
  const unit = size / (2 * REACH);
  const at = placed(size);
  const seen = side.view;
  context.clearRect(0, 0, size, size);
  if (!palette.forced) layers.reward.draw(context, size);
  if (shows.includes('density') && seen && !drawing && !palette.forced) {
    layers.density.keep(seen, sigma, () => {
      const density = densityOf(atSigma(seen.paths, seen.sigmas, sigma), CELLS, REACH);
      const most = density.reduce((a, b) => Math.max(a, b), 0) || 1;
      return (i) => ({ colour: palette.shades.accent, alpha: 0.85 * Math.sqrt(density[i] / most) });
    });
    layers.density.draw(context, size);
  }
  if (shows.includes('data') || drawing) spots(context, drawing ?? scene.spots, at, unit, palette);
  if (shows.includes('field') && seen?.field && !drawing) field(context, seen.field, at, unit, palette);
}

/** What moves from one view to the next: samples, the one trajectory, the arrows along it. */
export function drawMoving(
  context: CanvasRenderingContext2D,
  size: number,
  scene: PlaneScene,
  palette: Palette,
  dot: CanvasImageSource,
): void {
  const { shows, sigma, drawing } = scene;
  const at = placed(size);
  const view = moving(scene.side, scene.now, scene.still);
  context.clearRect(0, 0, size, size);
  if (!view || drawing) return;
  if (shows.includes('samples')) {
    const points = atSigma(view.paths, view.sigmas, sigma);
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = at(points[i], points[i + 1]);
      context.drawImage(dot, x - DOT / 2, y - DOT / 2, DOT, DOT);
    }
  }
  const [x, y] = atSigma(view.way, view.sigmas, sigma);
  if (shows.includes('way')) way(context, view.way, at, palette);
  if (shows.includes('arrows')) {
    const all = arrowsAt(scene.side, sigma);
    const from = at(x, y);
    const numbered = scene.methods.map(({ id }, i) => ({ id, number: String(i + 1) }));
    const labels: [number, number][] = [];
    // The side's own is drawn last, over the others, and numbered first.
    for (const { id, number } of numbered.sort((a, b) => Number(a.id === scene.own) - Number(b.id === scene.own))) {
      const found = all.find((arrow) => arrow.id === id);
      if (!found) continue;
      const to = at(x + ARROW * found.x, y + ARROW * found.y);
      const bold = id === scene.own;
      arrow(context, from, to, bold ? palette.text : palette.dim, bold ? 3 : 1.4);
      const beyond = 8 / Math.max(1, Math.hypot(to[0] - from[0], to[1] - from[1]));
      const place: [number, number] = [to[0] + beyond * (to[0] - from[0]), to[1] + beyond * (to[1] - from[1])];
      if (!bold && labels.some(([lx, ly]) => Math.hypot(lx - place[0], ly - place[1]) < 13)) continue;
      labels.push(place);
      label(context, number, place, bold, palette);
    }
  }
  if (shows.includes('way') || shows.includes('arrows')) {
    const [px, py] = at(x, y);
    context.beginPath();
    context.arc(px, py, 6, 0, 2 * Math.PI);
    context.fillStyle = palette.panel;
    context.fill();
    context.lineWidth = 3;
    context.strokeStyle = palette.text;
    context.stroke();
  }
}

/** Side of a sample's picture, in pixels of the page. */
const DOT = 7;

/** A sample as a small picture: many of them are copied sooner than drawn. @param scale device pixels of one of the page */
export function dotOf(scale: number, palette: Palette): HTMLCanvasElement {
  const side = Math.ceil(DOT * scale);
  const dot = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = dot.getContext('2d')!;
  context.scale(side / DOT, side / DOT);
  context.arc(DOT / 2, DOT / 2, 2.7, 0, 2 * Math.PI);
  context.fillStyle = palette.accent;
  context.fill();
  context.strokeStyle = palette.panel;
  context.lineWidth = 0.75;
  context.stroke();
  return dot;
}

type At = (x: number, y: number) => [number, number];

function spots(context: CanvasRenderingContext2D, all: readonly Spot[], at: At, unit: number, palette: Palette): void {
  context.strokeStyle = palette.dim;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const { x, y, radius } of all) {
    context.beginPath();
    context.arc(...at(x, y), 2 * radius * unit, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
}

function field(context: CanvasRenderingContext2D, v: Float32Array, at: At, unit: number, palette: Palette): void {
  const from = fieldPoints(REACH);
  const cell = (2 * REACH) / FIELD;
  let longest = 1e-6;
  for (let i = 0; i < v.length; i += 2) longest = Math.max(longest, Math.hypot(v[i], v[i + 1]));
  // Samples go against v: σ falls.
  const by = (-(0.85 * cell) / longest) * unit;
  context.strokeStyle = palette.dim;
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 0; i < v.length; i += 2) {
    const [x, y] = at(from[i], from[i + 1]);
    const [dx, dy] = [by * v[i], -by * v[i + 1]];
    const length = Math.hypot(dx, dy);
    if (length < 1) continue;
    const [ux, uy] = [(4 * dx) / length, (4 * dy) / length];
    context.moveTo(x, y);
    context.lineTo(x + dx, y + dy);
    context.moveTo(x + dx - ux + 0.6 * uy, y + dy - uy - 0.6 * ux);
    context.lineTo(x + dx, y + dy);
    context.lineTo(x + dx - ux - 0.6 * uy, y + dy - uy + 0.6 * ux);
  }
  context.stroke();
}

function way(context: CanvasRenderingContext2D, points: Float32Array, at: At, palette: Palette): void {
  const trace = () => {
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) context.lineTo(...at(points[i], points[i + 1]));
    context.stroke();
  };
  context.lineJoin = 'round';
  context.strokeStyle = palette.panel;
  context.lineWidth = 5;
  trace();
  context.strokeStyle = palette.text;
  context.lineWidth = 2;
  trace();
  context.fillStyle = palette.text;
  for (let i = 2; i < points.length; i += 2) {
    context.beginPath();
    context.arc(...at(points[i], points[i + 1]), 2.6, 0, 2 * Math.PI);
    context.fill();
  }
}

function arrow(
  context: CanvasRenderingContext2D,
  from: [number, number],
  to: [number, number],
  colour: string,
  width: number,
  head = 4 + 2 * width,
): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length < 0.5) return;
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const tip = Math.min(head, length);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0] - 0.7 * tip * ux, to[1] - 0.7 * tip * uy);
  context.stroke();
  context.beginPath();
  context.moveTo(...to);
  context.lineTo(to[0] - tip * ux + 0.5 * tip * uy, to[1] - tip * uy - 0.5 * tip * ux);
  context.lineTo(to[0] - tip * ux - 0.5 * tip * uy, to[1] - tip * uy + 0.5 * tip * ux);
  context.fill();
}

/** The number of an arrow. */
function label(
  context: CanvasRenderingContext2D,
  text: string,
  at: [number, number],
  bold: boolean,
  palette: Palette,
): void {
  context.font = `${bold ? '700 13px' : '11px'} system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineWidth = 3;
  context.strokeStyle = palette.panel;
  context.strokeText(text, ...at);
  context.fillStyle = bold ? palette.text : palette.dim;
  context.fillText(text, ...at);
}
