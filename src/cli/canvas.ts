/**
 * @file A raster canvas for the pictures that the headless program writes: rectangles, pictures, lines and text.
 *
 * Coordinates are pixels from the top left; pixel (x, y) covers [x, x + 1) × [y, y + 1). Nothing is drawn outside.
 */
import { type FloatPicture, toRgba } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import { glyphsOf, textWidth } from './bitmap-font';

/** Red, green, blue in [0, 255]; opacity in [0, 1], by default 1. */
export type Colour = readonly [red: number, green: number, blue: number, opacity?: number];

export type Point = readonly [x: number, y: number];

export interface LineStyle {
  colour: Colour;
  /** Pixels, by default 1. */
  width?: number;
  /** Lengths along the line that are drawn and left out in turn, in pixels; by default drawn throughout. */
  dash?: readonly [on: number, off: number];
}

/** Light colours of the studio. */
export const palette = {
  panel: [255, 255, 255],
  ground: [245, 246, 249],
  line: [221, 226, 234],
  text: [22, 26, 33],
  dim: [82, 94, 111],
  accent: [66, 80, 208],
  accentSoft: [66, 80, 208, 0.08],
  positive: [10, 121, 105],
  negative: [168, 78, 9],
} as const satisfies Record<string, Colour>;

/** 8-bit RGBA of a picture of either kind. */
export function rgbaOf(picture: FloatPicture | RgbaPicture): RgbaPicture {
  if (picture.data instanceof Uint8ClampedArray) return picture as RgbaPicture;
  return { width: picture.width, height: picture.height, data: toRgba(picture as FloatPicture) };
}

/**
 * A picture made larger in whole blocks, or smaller as means of whole blocks, so that its longer side comes near
 * `side` and never above. Where it is made smaller, pixels beyond the last whole block are left off.
 */
export function scaledTo(picture: FloatPicture | RgbaPicture, side: number): RgbaPicture {
  const from = rgbaOf(picture);
  const longer = Math.max(from.width, from.height);
  const grow = Math.max(1, Math.floor(side / longer));
  const shrink = Math.ceil(longer / side);
  const width = Math.max(1, Math.floor((from.width * grow) / shrink));
  const height = Math.max(1, Math.floor((from.height * grow) / shrink));
  const blockWidth = Math.min(shrink, from.width);
  const blockHeight = Math.min(shrink, from.height);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * shrink) / grow);
      const top = Math.floor((y * shrink) / grow);
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let v = top; v < top + blockHeight; v++) {
          for (let u = left; u < left + blockWidth; u++) sum += from.data[(v * from.width + u) * 4 + c];
        }
        data[(y * width + x) * 4 + c] = Math.round(sum / (blockWidth * blockHeight));
      }
    }
  }
  return { width, height, data };
}

/** A picture that is drawn on; opaque throughout. */
export class Canvas implements RgbaPicture {
  readonly data: Uint8ClampedArray<ArrayBuffer>;

  constructor(
    readonly width: number,
    readonly height: number,
    background: Colour,
  ) {
    this.data = new Uint8ClampedArray(width * height * 4);
    this.data.fill(255);
    this.fillRect(0, 0, width, height, background);
  }

  /** Lays a colour over one pixel; outside the canvas, or where a coordinate is no number, nothing happens. */
  blend(x: number, y: number, [red, green, blue, opacity = 1]: Colour, coverage = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return;
    const at = (y * this.width + x) * 4;
    const part = opacity * coverage;
    this.data[at] += (red - this.data[at]) * part;
    this.data[at + 1] += (green - this.data[at + 1]) * part;
    this.data[at + 2] += (blue - this.data[at + 2]) * part;
  }

  /** A filled rectangle; its edges are rounded to whole pixels. */
  fillRect(x: number, y: number, width: number, height: number, colour: Colour): void {
    const right = Math.min(this.width, Math.round(x + width));
    const bottom = Math.min(this.height, Math.round(y + height));
    for (let v = Math.max(0, Math.round(y)); v < bottom; v++) {
      for (let u = Math.max(0, Math.round(x)); u < right; u++) this.blend(u, v, colour);
    }
  }

  /** A frame that lies `thickness` pixels around a rectangle, all of it outside. */
  frame(x: number, y: number, width: number, height: number, thickness: number, colour: Colour): void {
    this.fillRect(x - thickness, y - thickness, width + 2 * thickness, thickness, colour);
    this.fillRect(x - thickness, y + height, width + 2 * thickness, thickness, colour);
    this.fillRect(x - thickness, y, thickness, height, colour);
    this.fillRect(x + width, y, thickness, height, colour);
  }

  /** A picture with its top left corner at (x, y), pixel for pixel. */
  picture({ width, height, data }: RgbaPicture, x: number, y: number): void {
    for (let v = 0; v < height; v++) {
      for (let u = 0; u < width; u++) {
        const [red, green, blue, alpha] = data.subarray((v * width + u) * 4, (v * width + u) * 4 + 4);
        this.blend(x + u, y + v, [red, green, blue, alpha / 255]);
      }
    }
  }

  /** A line through points, with soft edges and round ends; a point that is no number interrupts it. */
  polyline(points: readonly Point[], { colour, width = 1, dash }: LineStyle): void {
    // Each pixel keeps its greatest coverage, so that joints are not drawn twice.
    const covered = new Map<number, number>();
    let along = 0;
    for (let i = 1; i < points.length; i++) {
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      const length = Math.hypot(bx - ax, by - ay);
      if (!Number.isFinite(length)) continue;
      const at = (distance: number): Point => {
        const part = length === 0 ? 0 : distance / length;
        return [ax + (bx - ax) * part, ay + (by - ay) * part];
      };
      if (!dash) {
        this.#cover(covered, at(0), at(length), width / 2);
      } else {
        const period = dash[0] + dash[1];
        for (let start = -(along % period); start < length; start += period) {
          const [from, to] = [Math.max(0, start), Math.min(length, start + dash[0])];
          if (from < to) this.#cover(covered, at(from), at(to), width / 2);
        }
      }
      along += length;
    }
    for (const [pixel, coverage] of covered)
      this.blend(pixel % this.width, Math.floor(pixel / this.width), colour, coverage);
  }

  /** How much of each pixel lies within `radius` of a segment, judged by the distance of the pixel's centre. */
  #cover(covered: Map<number, number>, [ax, ay]: Point, [bx, by]: Point, radius: number): void {
    const reach = radius + 1;
    const squared = (bx - ax) ** 2 + (by - ay) ** 2;
    const right = Math.min(this.width - 1, Math.floor(Math.max(ax, bx) + reach));
    const bottom = Math.min(this.height - 1, Math.floor(Math.max(ay, by) + reach));
    for (let y = Math.max(0, Math.floor(Math.min(ay, by) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(ax, bx) - reach)); x <= right; x++) {
        const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
        const t = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * (bx - ax) + py * (by - ay)) / squared));
        const distance = Math.hypot(px - t * (bx - ax), py - t * (by - ay));
        const coverage = Math.min(1, radius + 0.5 - distance);
        const pixel = y * this.width + x;
        if (coverage > (covered.get(pixel) ?? 0)) covered.set(pixel, coverage);
      }
    }
  }

  /**
   * One line of text, its capitals' top at y.
   * @param scale whole pixels per dot of the font
   * @param align which point of the text x is
   */
  text(text: string, x: number, y: number, scale: number, colour: Colour, align: 'left' | 'centre' | 'right' = 'left') {
    const width = textWidth(text, scale);
    let left = Math.round(x - (align === 'left' ? 0 : align === 'right' ? width : width / 2));
    for (const glyph of glyphsOf(text)) {
      glyph.rows.forEach((row, v) => {
        row.forEach((inked, u) => {
          if (inked) this.fillRect(left + u * scale, Math.round(y) + v * scale, scale, scale, colour);
        });
      });
      left += (glyph.width + 1) * scale;
    }
  }
}
