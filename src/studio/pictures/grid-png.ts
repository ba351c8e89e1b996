/** @file The pictures of Compare as one labelled PNG: sides next to each other, one row a prompt. */
import { UserError } from '../../errors';
import type { CompareSide } from '../state/compare-sides';

const GAP = 6;
const HEAD = 34;
const LINE = 22;

/** Draws both sides into one PNG at the pictures' own size. */
export async function gridPng(sides: CompareSide[]): Promise<Blob> {
  const first = sides[0]?.pictures[0];
  if (!first) throw new UserError('There are no pictures to save yet; generate some first.');
  const { width, height } = first;
  const rows = Math.max(...sides.map((side) => side.prompts.length));
  const sideWidth = (side: CompareSide) => side.seeds.length * (width + GAP);
  const canvas = new OffscreenCanvas(
    sides.reduce((sum, side) => sum + sideWidth(side), 0) + GAP * (sides.length + 1),
    HEAD + rows * (height + LINE) + GAP,
  );
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#171b21';
  let x = GAP;
  for (const side of sides) {
    context.font = '600 14px system-ui, sans-serif';
    context.fillText(side.label, x, 22, sideWidth(side) - GAP);
    context.font = '12px system-ui, sans-serif';
    side.prompts.forEach((prompt, row) => {
      const y = HEAD + row * (height + LINE);
      side.seeds.forEach((_, column) => {
        const picture = side.pictures[row * side.seeds.length + column];
        const image = new ImageData(picture.data, picture.width, picture.height);
        context.putImageData(image, x + column * (width + GAP), y);
      });
      context.fillText(prompt, x, y + height + 15, sideWidth(side) - GAP);
    });
    x += sideWidth(side) + GAP;
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
