/**
 * @file SVG as text, for the sheets that program and page draw: elements, texts that are safe in XML, pictures.
 *
 * Sizes are in units of a picture's sheet; `ZOOM` pixels of the PNG made of it are one unit.
 */
import type { FloatPicture } from '../align/picture';
import { encodePng, type RgbaPicture } from '../formats/png';
import { escapeText } from '../shown';
import { rgbaOf } from './rgba';

/** Pixels a unit: sheets are made to be printed, too. */
export const ZOOM = 2;

/** The one font of the sheets: DejaVu Sans covers Latin, Greek, Cyrillic, Arabic, Hebrew and mathematical signs. */
export const FONT = 'DejaVu Sans';

export type Attributes = Record<string, string | number | undefined>;

/** `<name key="value">children</name>`; attributes that are undefined are left out, numbers rounded to 0.01. */
export function element(name: string, attributes: Attributes = {}, ...children: string[]): string {
  const list = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : ` ${key}="${typeof value === 'number' ? rounded(value) : escapeXml(value)}"`,
  );
  const content = children.join('');
  return content ? `<${name}${list.join('')}>${content}</${name}>` : `<${name}${list.join('')}/>`;
}

/** A whole picture on a white ground. */
export function svgDocument(width: number, height: number, ...children: string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
      'font-family': `${FONT}, sans-serif`,
    },
    element('rect', { width: '100%', height: '100%', fill: '#fff' }),
    ...children,
  );
}

export interface TextStyle {
  size: number;
  fill: string;
  bold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
}

/** One line of text, its baseline at y; characters that XML or a reader cannot bear are shown as escapes. */
export function svgText(text: string, x: number, y: number, { size, fill, bold, anchor }: TextStyle): string {
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill,
      'font-weight': bold ? 700 : undefined,
      'text-anchor': anchor,
      'xml:space': 'preserve',
    },
    escapeXml(escapeText(text)),
  );
}

/** A line through points; a point that is no number interrupts it. */
export function polyline(points: readonly (readonly [x: number, y: number])[], attributes: Attributes): string {
  let pen = 'M';
  const steps = points.map(([x, y]) => {
    const step = Number.isFinite(x + y) ? `${pen}${rounded(x)} ${rounded(y)}` : '';
    pen = step ? 'L' : 'M';
    return step;
  });
  return element('path', { d: steps.join(''), fill: 'none', ...attributes });
}

/** A picture as the sheet shows it, with its size in units. */
export interface Cell {
  width: number;
  height: number;
  /** Of the picture as it is kept in the SVG. */
  picture: RgbaPicture;
}

/**
 * A picture for a square of `side` units: enlarged in whole blocks of pixels, so that each pixel is seen as it is, or,
 * where it is larger than that, made smaller as means of whole blocks.
 */
export function cellOf(picture: FloatPicture | RgbaPicture, side: number): Cell {
  const from = rgbaOf(picture);
  const longer = Math.max(from.width, from.height);
  const grow = Math.max(1, Math.floor((side * ZOOM) / longer));
  const small = shrunk(from, Math.ceil(longer / (side * ZOOM)));
  return { width: (small.width * grow) / ZOOM, height: (small.height * grow) / ZOOM, picture: small };
}

/** A cell with its top left corner at (x, y), which are multiples of 1 / ZOOM, and a hairline around it. */
export function svgCell({ width, height, picture }: Cell, x: number, y: number, frame: Attributes): string {
  const href = `data:image/png;base64,${base64(encodePng(picture))}`;
  // SVG's own word for pixelated, which resvg does not know.
  const pixels = { 'image-rendering': 'optimizeSpeed' };
  const reach = Number(frame['stroke-width'] ?? 1) / 2;
  return (
    element('image', { x, y, width, height, href, preserveAspectRatio: 'none', ...pixels }) +
    element('rect', {
      x: x - reach,
      y: y - reach,
      width: width + 2 * reach,
      height: height + 2 * reach,
      fill: 'none',
      ...frame,
    })
  );
}

/** Means of blocks of `factor` × `factor` pixels; pixels beyond the last whole block are left off. */
export function shrunk(from: RgbaPicture, factor: number): RgbaPicture {
  if (factor <= 1) return from;
  const [across, down] = [Math.min(factor, from.width), Math.min(factor, from.height)];
  const width = Math.floor(from.width / across);
  const height = Math.floor(from.height / down);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < data.length; i++) {
    const [x, y, c] = [(i >> 2) % width, Math.floor((i >> 2) / width), i & 3];
    let sum = 0;
    for (let v = y * down; v < (y + 1) * down; v++)
      for (let u = x * across; u < (x + 1) * across; u++) sum += from.data[(v * from.width + u) * 4 + c];
    data[i] = Math.round(sum / (across * down));
  }
  return { width, height, data };
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

const rounded = (value: number) => String(Math.round(value * 100) / 100);
