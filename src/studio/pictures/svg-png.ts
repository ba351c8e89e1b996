/** @file SVG to PNG by the browser, and how wide its text is there. */
import { UserError } from '../../errors';
import type { Measure } from '../../sheets/lines';
import { FONT, ZOOM } from '../../sheets/svg';

/** Longest side of a canvas that every browser can make. */
const LONGEST = 8192;
const SIZE = 100;

/** A `Measure` of the fonts of this browser. */
export function browserMeasure(): Measure {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  const widths = new Map<string, number>();
  return (grapheme, bold) => {
    const key = `${bold} ${grapheme}`;
    let width = widths.get(key);
    if (width === undefined) {
      context.font = `${bold ? 700 : 400} ${SIZE}px ${FONT}, sans-serif`;
      width = context.measureText(grapheme).width / SIZE;
      widths.set(key, width);
    }
    return width;
  };
}

/** A PNG of the SVG, `ZOOM` pixels a unit, fewer where it would be too large for a canvas. */
export async function pngOfSvg(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const zoom = Math.min(ZOOM, LONGEST / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.round(width * zoom), Math.round(height * zoom));
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } catch (error) {
    throw new UserError('The browser could not make a PNG of this; take fewer prompts or seeds.', { cause: error });
  } finally {
    URL.revokeObjectURL(url);
  }
}
