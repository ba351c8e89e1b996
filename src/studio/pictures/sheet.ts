/** @file A sheet of pictures, cut into its cells, and cells put on a sheet. */
import webp from '../../sheets/webp.json';
import type { Picture } from '../../worker/protocol';

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

/** Pictures that are compressed already, side by side as one WebP, or PNG where the browser writes no WebP. */
export async function sheetOf(pictures: readonly Blob[]): Promise<Blob> {
  const bitmaps = await Promise.all(pictures.map((picture) => createImageBitmap(picture)));
  const [{ width, height }] = bitmaps;
  const canvas = new OffscreenCanvas(width * bitmaps.length, height);
  const context = canvas.getContext('2d')!;
  bitmaps.forEach((bitmap, i) => {
    context.drawImage(bitmap, i * width, 0);
    bitmap.close();
  });
  return canvas.convertToBlob(webp);
}
