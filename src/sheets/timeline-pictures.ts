/**
 * @file The pictures of a timeline on one sheet, as recordings and stored runs keep them, and back: a row of cells for each
 * of the timeline's rows; after the columns, in the first row, the clean picture.
 */
import type { FloatPicture } from '../align/picture';
import type { RgbaPicture } from '../formats/png';
import { type ColumnNumbers, type ColumnPictures, ROWS, type TimelineOf } from '../formats/timeline';
import { montage } from './montage';

/** A timeline without its pictures. */
export type TimelineNumbers = Omit<TimelineOf<never>, 'clean' | 'columns'> & { columns: ColumnNumbers[] };

export function timelinePictures({ sees, clean, columns }: TimelineOf<FloatPicture | RgbaPicture>): RgbaPicture {
  const rows = ROWS[sees].map(({ key }) => columns.map((column) => column[key]!));
  rows[0].push(clean);
  return montage(rows);
}

/** @param cut the picture of a cell of the sheet */
export function timelineOfSheet<Picture>(
  { columns, ...rest }: TimelineNumbers,
  cut: (column: number, row: number) => Picture,
): TimelineOf<Picture> {
  const pictures = (column: number) =>
    Object.fromEntries(
      ROWS[rest.sees].map(({ key }, row) => [key, cut(column, row)]),
    ) as unknown as ColumnPictures<Picture>;
  return {
    ...rest,
    clean: cut(columns.length, 0),
    columns: columns.map((column, i) => ({ ...column, ...pictures(i) })),
  };
}
