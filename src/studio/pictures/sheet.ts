/** @file A sheet of pictures, cut into its cells. */
import { UserError } from '../../errors';
import type { Picture } from '../../worker/protocol';

/** Fetches a picture sheet and returns a function that cuts out the cell at (column, row). */
export async function openSheet(url: string, width: number, height: number) {
  const response = await fetch(url);
  if (!response.ok) throw new UserError(`${url} answered ${response.status}, expected a picture sheet.`);
  return cellsOf(await response.blob(), width, height);
}

/** Opens a picture sheet and returns a function that cuts out the cell at (column, row). */
export async function cellsOf(sheet: Blob, width: number, height: number) {
  const bitmap = await createImageBitmap(sheet);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return (column: number, row: number): Picture => {
    const { data } = context.getImageData(column * width, row * height, width, height);
    return { width, height, data: data as Uint8ClampedArray<ArrayBuffer> };
  };
}
